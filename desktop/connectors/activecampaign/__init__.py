"""ActiveCampaign: contacts, accounts, deals and custom objects (https://developers.activecampaign.com/)."""
