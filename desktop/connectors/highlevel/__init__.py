"""HighLevel: contacts, opportunities, companies, tasks and custom objects of one sub-account (https://marketplace.gohighlevel.com/docs/)."""
