"""The suite of what every connector promises, run against the sandbox for each kind of object."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import ClassVar

import pytest

from desktop.connectors.base import Connector
from desktop.domain.schema import EXTERNAL_ID, ObjectSchema
from desktop.domain.values import Money, Value
from tests.connectors.accessally_members import MemberCases
from tests.connectors.conformance import Conformance

pytestmark = pytest.mark.anyio


class TestHighLevelRecords(Conformance):
    platform = "highlevel"
    object_key = "custom_objects.orders"
    key = "order_number"
    change: ClassVar[Mapping[str, Value]] = {
        "note": "Two\nlines, ünïcode",
        "extras": frozenset({"express"}),
        "weight": Decimal("0.5"),
    }
    other_change: ClassVar[Mapping[str, Value]] = {"status": "sent", "total": Money(Decimal("99.90"), "USD")}
    optional = ("order_date", "status", "total", "receipt_link", "note", "extras", "weight", "order_contact")

    @pytest.fixture(autouse=True)
    async def _contact(self, connector: object, schema: object) -> None:
        contacts = await connector.schema("contact")  # type: ignore[attr-defined]
        async for page in connector.read(contacts):  # type: ignore[attr-defined]
            if page.records:
                self.contact = page.records[0].id

    def full(self, number: int) -> dict[str, Value]:
        return {
            "order_number": f"N-{number}",
            "order_date": date(2024, 2, 29),
            "status": "processing",
            "total": Money(Decimal("1234.05"), "USD"),
            "receipt_link": "https://shop.example.com/receipts/1",
            "note": "Leave it at the door.",
            "extras": frozenset({"gift_wrap", "insured"}),
            "weight": Decimal("12.75"),
            "internal_score": Decimal(7),
            "order_contact": frozenset({self.contact}),
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"order_number": f"M-{number}"}


class TestHighLevelContacts(Conformance):
    platform = "highlevel"
    object_key = "contact"
    key = "email"
    change: ClassVar[Mapping[str, Value]] = {
        "firstName": "Grace",
        "interests": frozenset({"Music"}),
        "tags": frozenset({"vip"}),
    }
    other_change: ClassVar[Mapping[str, Value]] = {"city": "Bergen", "lifetime_value": Money(Decimal("12.50"), "USD")}
    optional = (
        "lastName",
        "city",
        "country",
        "website",
        "dateOfBirth",
        "tags",
        "favourite_colour",
        "interests",
        "lifetime_value",
        "member_since",
        "plan",
    )

    def full(self, number: int) -> dict[str, Value]:
        return {
            "firstName": "Ada",
            "lastName": "Lovelace",
            "email": f"ada.{number}@conformance.example",
            "phone": f"+1512555{number:04d}",
            "city": "Austin",
            "country": "US",
            "website": "https://example.com",
            "dateOfBirth": date(1990, 9, 25),
            "dnd": True,
            "tags": frozenset({"customer", "newsletter"}),
            "favourite_colour": "green",
            "interests": frozenset({"Gardening", "Travel"}),
            "lifetime_value": Money(Decimal("320.10"), "USD"),
            "member_since": date(2020, 1, 31),
            "plan": "Pro",
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"email": f"minimal.{number}@conformance.example"}


class TestActiveCampaignRecords(Conformance):
    platform = "activecampaign"
    object_key = "orders"
    key = "order-number"
    change: ClassVar[Mapping[str, Value]] = {
        "order-instructions": "Two\nlines, ünïcode",
        "extras": frozenset({"express"}),
        "primary-contact": frozenset({"2"}),
    }
    other_change: ClassVar[Mapping[str, Value]] = {
        "order-ship-status": "Shipped",
        "order-total": Money(Decimal("99.90"), "EUR"),
    }
    optional = (
        "order-date",
        "placed-at",
        "order-total",
        "order-receipt-link",
        "order-instructions",
        "order-ship-status",
        "extras",
        "weight",
        "primary-contact",
    )

    def full(self, number: int) -> dict[str, Value]:
        return {
            EXTERNAL_ID: f"external/{number} ö",
            "order-number": f"N-{number}",
            "order-date": date(2024, 2, 29),
            "placed-at": datetime(2024, 2, 29, 23, 30, 1, tzinfo=timezone(timedelta(hours=-5))),
            "order-total": Money(Decimal("1234.05"), "USD"),
            "order-receipt-link": "https://shop.example.com/receipts/1",
            "order-instructions": "Leave it at the door.",
            "order-ship-status": "Processing",
            "extras": frozenset({"gift wrap", "insured"}),
            "weight": Decimal("12.5"),
            "primary-contact": frozenset({"1"}),
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {EXTERNAL_ID: f"minimal-{number}"}


class TestActiveCampaignContacts(Conformance):
    platform = "activecampaign"
    object_key = "contacts"
    key = "email"
    change: ClassVar[Mapping[str, Value]] = {
        "firstName": "Grace",
        "interests": frozenset({"Music"}),
        "notes": "Two\nlines, ünïcode",
    }
    other_change: ClassVar[Mapping[str, Value]] = {
        "phone": "+4712345678",
        "lifetime_value": Decimal("12.5"),
        "tags": frozenset({"vip", "newsletter"}),
        "lists": frozenset({"1"}),
    }
    optional = (
        "tags",
        "lists",
        "lastName",
        "phone",
        "favourite_colour",
        "interests",
        "lifetime_value",
        "member_since",
        "plan",
        "last_order_at",
        "notes",
    )

    def full(self, number: int) -> dict[str, Value]:
        return {
            "email": f"ada.{number}@conformance.example",
            "firstName": "Ada",
            "lastName": "Lovelace",
            "phone": f"+1512555{number:04d}",
            "favourite_colour": "green",
            "interests": frozenset({"Gardening", "Travel"}),
            "lifetime_value": Decimal("320.1"),
            "member_since": date(2020, 1, 31),
            "plan": "Pro",
            "last_order_at": datetime(2024, 2, 29, 23, 30, 1, tzinfo=timezone(timedelta(hours=-5))),
            "notes": "Calls in the evening.",
            "tags": frozenset({"customer", "newsletter"}),
            "lists": frozenset({"1", "2"}),
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"email": f"minimal.{number}@conformance.example"}


class TestActiveCampaignAccounts(Conformance):
    platform = "activecampaign"
    object_key = "accounts"
    key = "name"
    change: ClassVar[Mapping[str, Value]] = {"accountUrl": "https://new.example.com"}
    other_change: ClassVar[Mapping[str, Value]] = {"field_1": "Shipping, ünïcode"}
    optional = ("accountUrl", "field_1")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "name": f"Company {number}",
            "accountUrl": "https://example.com",
            "owner": "1",
            "field_1": "Farming",
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"name": f"Small company {number}"}


class TestActiveCampaignDeals(Conformance):
    platform = "activecampaign"
    object_key = "deals"
    key = "title"
    change: ClassVar[Mapping[str, Value]] = {
        "stage": "2",
        "description": "Two\nlines, ünïcode",
        "contact": frozenset({"2"}),
    }
    other_change: ClassVar[Mapping[str, Value]] = {
        "value": Money(Decimal("99.90"), "EUR"),
        "status": "1",
        "field_1": Money(Decimal("80.5"), "EUR"),
    }
    optional = ("description", "field_1")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "title": f"Deal {number}",
            "value": Money(Decimal("1234.05"), "USD"),
            "status": "0",
            "stage": "1",
            "contact": frozenset({"1"}),
            "account": frozenset({"1"}),
            "description": "Wants an offer.",
            "owner": "1",
            "field_1": Money(Decimal("1000.25"), "USD"),
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {
            "title": f"Small deal {number}",
            "value": Money(Decimal(5), "USD"),
            "stage": "1",
            "contact": frozenset({"1"}),
        }


class TestHighLevelOpportunities(Conformance):
    platform = "highlevel"
    object_key = "opportunity"
    key = "name"
    change: ClassVar[Mapping[str, Value]] = {
        "status": "won",
        "products": frozenset({"Training"}),
        "remarks": "Two\nlines, ünïcode",
    }
    other_change: ClassVar[Mapping[str, Value]] = {
        "monetaryValue": Money(Decimal("99.90"), "USD"),
        "likelihood": Decimal("0.5"),
    }
    optional = (
        "monetaryValue",
        "assignedTo",
        "expected_close",
        "channel",
        "products",
        "likelihood",
        "setup_fee",
        "remarks",
    )

    @pytest.fixture(autouse=True)
    async def _choices(self, connector: Connector, schema: ObjectSchema) -> None:
        contact = await connector.create(await connector.schema("contact"), {"firstName": "Ada"})
        self.contact = contact.id
        pipeline, stage = schema.by_key["pipelineId"], schema.by_key["pipelineStageId"]
        self.pipeline = pipeline.options[1].key
        self.stage = next(option.key for option in stage.options if option.label == "Renewals: Contacted")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "name": f"N-{number}",
            "pipelineId": self.pipeline,
            "pipelineStageId": self.stage,
            "status": "open",
            "monetaryValue": Money(Decimal("1234.05"), "USD"),
            "contactId": frozenset({self.contact}),
            "assignedTo": "082goXVW3lIExEQPOnd3",
            "expected_close": date(2024, 2, 29),
            "channel": "Trade fair",
            "products": frozenset({"Subscription", "Installation"}),
            "likelihood": Decimal("12.75"),
            "setup_fee": Money(Decimal("320.10"), "USD"),
            "remarks": "Calls in the evening.",
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {
            "name": f"M-{number}",
            "pipelineId": self.pipeline,
            "status": "open",
            "contactId": frozenset({self.contact}),
        }


class TestHighLevelBusinesses(Conformance):
    platform = "highlevel"
    object_key = "business"
    key = "name"
    change: ClassVar[Mapping[str, Value]] = {"city": "Bergen", "description": "Two\nlines, ünïcode"}
    other_change: ClassVar[Mapping[str, Value]] = {"email": "other@conformance.example", "phone": "+4712345678"}
    optional = ("phone", "email", "website", "city", "country", "description")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "name": f"N-{number}",
            "phone": f"+1512555{number:04d}",
            "email": "office@conformance.example",
            "website": "https://example.com",
            "city": "Austin",
            "country": "US",
            "description": "Makes sails.",
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"name": f"M-{number}"}


class TestHighLevelTasks(Conformance):
    platform = "highlevel"
    object_key = "task"
    key = "title"
    change: ClassVar[Mapping[str, Value]] = {"completed": True, "body": "Two\nlines, ünïcode"}
    other_change: ClassVar[Mapping[str, Value]] = {
        "dueDate": datetime(2025, 3, 1, 8, 0, tzinfo=timezone(timedelta(hours=2))),
        "assignedTo": "182goXVW3lIExEQPOnd3",
    }
    optional = ("body", "assignedTo")

    @pytest.fixture(autouse=True)
    async def _contact(self, connector: Connector) -> None:
        contact = await connector.create(await connector.schema("contact"), {"firstName": "Ada"})
        self.contact = contact.id

    def full(self, number: int) -> dict[str, Value]:
        return {
            "title": f"N-{number}",
            "body": "Ask how it went.",
            "dueDate": datetime(2024, 2, 29, 23, 30, 1, tzinfo=timezone(timedelta(hours=-5))),
            "completed": False,
            "assignedTo": "082goXVW3lIExEQPOnd3",
            "contactId": frozenset({self.contact}),
        }

    def minimal(self, number: int) -> dict[str, Value]:
        due = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
        return {"title": f"M-{number}", "dueDate": due, "contactId": frozenset({self.contact})}

    async def test_the_number_of_records_is_what_the_listing_brings(
        self, connector: Connector, schema: ObjectSchema
    ) -> None:
        """The platform states no number of tasks."""
        assert await connector.count(schema) is None


class TestActiveCollabTasks(Conformance):
    platform = "activecollab"
    object_key = "tasks"
    key = "name"
    change: ClassVar[Mapping[str, Value]] = {
        "body": "<p>Two</p>\n<p>paragraphs, ünïcode</p>",
        "labels": frozenset({"NEW", "WAITING"}),
        "completed": True,
    }
    other_change: ClassVar[Mapping[str, Value]] = {
        "assignee": frozenset({"2"}),
        "due_on": date(2024, 3, 31),
        "is_important": False,
    }
    optional = ("task_list", "assignee", "body", "start_on", "due_on", "labels", "estimate", "job_type")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "name": f"Task {number}",
            "project": frozenset({"1"}),
            "task_list": frozenset({"1"}),
            "assignee": frozenset({"1"}),
            "body": "<p>Ask <b>first</b>.</p>",
            "start_on": date(2024, 2, 1),
            "due_on": date(2024, 2, 29),
            "labels": frozenset({"URGENT", "Spring batch"}),
            "estimate": Decimal("2.5"),
            "job_type": "2",
            "is_important": True,
            "is_hidden_from_clients": True,
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"name": f"Small task {number}", "project": frozenset({"1"})}


class TestActiveCollabTaskLists(Conformance):
    platform = "activecollab"
    object_key = "task_lists"
    key = "name"
    change: ClassVar[Mapping[str, Value]] = {"due_on": date(2024, 3, 31), "completed": True}
    other_change: ClassVar[Mapping[str, Value]] = {"start_on": date(2024, 2, 2)}
    optional = ("start_on", "due_on")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "name": f"Milestone {number}",
            "project": frozenset({"1"}),
            "start_on": date(2024, 2, 1),
            "due_on": date(2024, 2, 29),
            "completed": False,
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"name": f"List {number}", "project": frozenset({"1"})}


class TestActiveCollabProjects(Conformance):
    platform = "activecollab"
    object_key = "projects"
    key = "name"
    change: ClassVar[Mapping[str, Value]] = {
        "body": "<p>Two</p>\n<p>paragraphs, ünïcode</p>",
        "members": frozenset({"1", "3"}),
        "completed": True,
    }
    other_change: ClassVar[Mapping[str, Value]] = {"company": frozenset({"3"}), "is_tracking_enabled": False}
    optional = ("body", "label")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "name": f"Project {number}",
            "body": "<p>For the spring.</p>",
            "company": frozenset({"2"}),
            "leader": frozenset({"1"}),
            "members": frozenset({"1", "2"}),
            "is_tracking_enabled": True,
            "is_client_reporting_enabled": True,
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"name": f"Small project {number}"}


class TestActiveCollabCompanies(Conformance):
    platform = "activecollab"
    object_key = "companies"
    key = "name"
    change: ClassVar[Mapping[str, Value]] = {"address": "Two\nlines, ünïcode"}
    other_change: ClassVar[Mapping[str, Value]] = {"phone": "+4712345678", "tax_id": "NO 9"}
    optional = ("address", "phone", "homepage_url", "tax_id")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "name": f"Company {number}",
            "address": "1 Main Street",
            "phone": "+15125550100",
            "homepage_url": "https://example.com",
            "tax_id": "US 1",
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"name": f"Small company {number}"}


class TestActiveCollabSubtasks(Conformance):
    platform = "activecollab"
    object_key = "subtasks"
    key = "name"
    change: ClassVar[Mapping[str, Value]] = {"due_on": date(2024, 3, 31), "completed": True}
    other_change: ClassVar[Mapping[str, Value]] = {"assignee": frozenset({"2"})}
    optional = ("assignee", "due_on")

    def full(self, number: int) -> dict[str, Value]:
        return {
            "name": f"Step {number}",
            "task": frozenset({"1"}),
            "assignee": frozenset({"1"}),
            "due_on": date(2024, 2, 29),
            "completed": False,
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {"name": f"Small step {number}", "task": frozenset({"1"})}


class TestActiveCollabComments(Conformance):
    platform = "activecollab"
    object_key = "comments"
    key = "body"
    change: ClassVar[Mapping[str, Value]] = {"body": "<p>Two</p>\n<p>paragraphs, ünïcode</p>"}
    other_change: ClassVar[Mapping[str, Value]] = {"body": "<p>Somebody else's.</p>"}
    optional = ()

    def full(self, number: int) -> dict[str, Value]:
        return {"body": f"<p>Comment {number}</p>", "task": frozenset({"1"})}

    def minimal(self, number: int) -> dict[str, Value]:
        return {"body": f"<p>Short comment {number}</p>", "task": frozenset({"1"})}


class TestActiveCollabTimeRecords(Conformance):
    platform = "activecollab"
    object_key = "time_records"
    key = "summary"
    change: ClassVar[Mapping[str, Value]] = {"value": Decimal("0.75"), "billable_status": "0"}
    other_change: ClassVar[Mapping[str, Value]] = {"job_type": "2", "record_date": date(2024, 3, 1)}
    optional = ("summary",)

    def full(self, number: int) -> dict[str, Value]:
        return {
            "value": Decimal("1.5"),
            "record_date": date(2024, 2, 29),
            "job_type": "1",
            "summary": f"Work {number}",
            "user": frozenset({"2"}),
            "project": frozenset({"1"}),
            "task": frozenset({"1"}),
            "billable_status": "1",
        }

    def minimal(self, number: int) -> dict[str, Value]:
        return {
            "value": Decimal(1),
            "record_date": date(2024, 2, 29),
            "job_type": "1",
            "project": frozenset({"1"}),
        }


class TestAccessAllyMembers(MemberCases):
    pass
