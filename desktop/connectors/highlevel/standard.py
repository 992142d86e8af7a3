"""HighLevel's own objects: contacts, opportunities and tasks, with the fields that every account has.

Sources: https://marketplace.gohighlevel.com/docs/ghl/contacts/ and .../opportunities/. Companies (``business``) are not
here: the platform describes them itself, as it does custom objects.
"""

from __future__ import annotations

from collections.abc import Sequence

from desktop.connectors.highlevel.pipelines import Pipeline
from desktop.domain.schema import Association, Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType

CONTACT = "contact"
OPPORTUNITY = "opportunity"
BUSINESS = "business"
TASK = "task"
_T = FieldType

CONTACT_OBJECT = ObjectSchema(CONTACT, "Contact", "Contacts", title="firstName lastName")
OPPORTUNITY_OBJECT = ObjectSchema(OPPORTUNITY, "Opportunity", "Opportunities", title="name")
TASK_OBJECT = ObjectSchema(TASK, "Task", "Tasks", title="title", description="Tasks of contacts.")

_USER = "The id of a HighLevel user."
CONTACT_FIELDS = (
    Field("firstName", "First name", _T.TEXT),
    Field("lastName", "Last name", _T.TEXT),
    Field("email", "E-mail", _T.EMAIL),
    Field("phone", "Phone", _T.PHONE),
    Field(
        "companyName",
        "Company",
        _T.TEXT,
        read_only=True,
        description="HighLevel takes the company's name only while a contact is created.",
    ),
    Field("address1", "Street address", _T.TEXT),
    Field("city", "City", _T.TEXT),
    Field("state", "State", _T.TEXT),
    Field("postalCode", "Postal code", _T.TEXT),
    Field("country", "Country", _T.TEXT, description="Two capital letters, as in US."),
    Field("website", "Website", _T.URL),
    Field("timezone", "Time zone", _T.TEXT),
    Field("dateOfBirth", "Date of birth", _T.DATE),
    Field("source", "Source", _T.TEXT),
    Field("assignedTo", "Assigned to", _T.TEXT, description=_USER),
    Field("dnd", "Do not disturb", _T.BOOLEAN),
    Field("type", "Type", _T.TEXT, read_only=True),
    Field("tags", "Tags", _T.CHOICES, open_choice=True),
)
STATUSES = ("open", "won", "lost", "abandoned")
TASK_FIELDS = (
    Field("title", "Title", _T.TEXT, required=True),
    Field("body", "Description", _T.LONG_TEXT),
    Field("dueDate", "Due", _T.DATETIME, required=True),
    Field("completed", "Completed", _T.BOOLEAN),
    Field("assignedTo", "Assigned to", _T.TEXT, description=_USER),
    Field(
        "contactId",
        "Contact",
        _T.REFERENCE,
        required=True,
        target=CONTACT,
        description="A task stays with the contact that it was created for.",
    ),
)


def opportunity_fields(pipelines: Sequence[Pipeline], reasons: Sequence[Option], currency: str) -> tuple[Field, ...]:
    """The fields that every account's opportunities have."""
    stages = [
        Option(id_, f"{pipeline.name}: {name}") for pipeline in pipelines for id_, name in pipeline.stages.items()
    ]
    return (
        Field("name", "Name", _T.TEXT, required=True),
        Field(
            "pipelineId",
            "Pipeline",
            _T.CHOICE,
            required=True,
            options=tuple(Option(pipeline.id, pipeline.name) for pipeline in pipelines),
        ),
        Field(
            "pipelineStageId",
            "Stage",
            _T.CHOICE,
            options=tuple(stages),
            description="Without one, a new opportunity goes into the first stage of its pipeline.",
        ),
        Field(
            "status",
            "Status",
            _T.CHOICE,
            required=True,
            options=tuple(Option(status, status.capitalize()) for status in STATUSES),
        ),
        Field("monetaryValue", "Value", _T.MONEY, currency=currency),
        Field(
            "contactId",
            "Contact",
            _T.REFERENCE,
            required=True,
            target=CONTACT,
            description="An opportunity stays with the contact that it was created for.",
        ),
        Field("assignedTo", "Assigned to", _T.TEXT, description=_USER),
        Field(
            "lostReasonId",
            "Lost reason",
            _T.CHOICE,
            read_only=True,
            options=tuple(reasons),
            open_choice=True,
            description="Chosen in HighLevel when an opportunity is lost.",
        ),
        Field("source", "Source", _T.TEXT, read_only=True, description="HighLevel keeps it from where it began."),
        Field("followers", "Followers", _T.CHOICES, read_only=True, open_choice=True),
        Field("lastStatusChangeAt", "Status changed", _T.DATETIME, read_only=True),
        Field("lastStageChangeAt", "Stage changed", _T.DATETIME, read_only=True),
    )


def task_schema() -> ObjectSchema:
    """Tasks; the platform states neither when one was created nor when it was changed."""
    link = Association("TASK_CONTACTS_ASSOCIATION", "TASK_CONTACTS_ASSOCIATION", "Tasks - Contact", TASK, CONTACT)
    return ObjectSchema(
        TASK_OBJECT.key,
        TASK_OBJECT.label,
        TASK_OBJECT.plural,
        title=TASK_OBJECT.title,
        description=TASK_OBJECT.description,
        fields=(*system_fields(times=False), *TASK_FIELDS),
        associations=(link,),
    )
