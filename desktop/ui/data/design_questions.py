"""What is asked before an object, a field or options are deleted: by count and by name what will be lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication

from desktop.domain.schema import Field, ObjectSchema
from desktop.ui.text import counted, relative
from desktop.ui.widgets.question import Choice, Question
from desktop.workspace.designing import Loss

GO = "go"
"""The answer that goes on with the deletion."""
SHOW = "show"
"""The answer that leads to what refuses it."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("DesignQuestions", text)


def refused(label: str, loss: Loss) -> Question:
    """What is told where syncs refuse a deletion."""
    return Question(
        _tr("%1 can’t be deleted yet").replace("%1", label),
        counted(
            len(loss.syncs),
            "%n sync uses it. Take it out of this sync or delete the sync first.",
            "%n syncs use it. Take it out of these syncs or delete them first.",
            "DesignQuestions",
        ),
        (Choice(SHOW, _tr("Open sync"), "primary"),),
        listing=loss.syncs,
        cancel=_tr("Close"),
    )


def object_question(connection: str, schema: ObjectSchema, loss: Loss, lost: str = "") -> Question:
    """Whether an object is deleted; its name is to be typed.

    :param lost: what is lost, where that is not every record.
    """
    if lost:
        gone = lost
    elif loss.records is None:
        gone = _tr("All records of %1 in %2 are deleted with it.")
    elif loss.records == 0:
        gone = _tr("%1 in %2 has no records.")
    else:
        gone = counted(
            loss.records,
            "%n record of %1 in %2 is deleted with it.",
            "%n records of %1 in %2 are deleted with it.",
            "DesignQuestions",
        )
    sentences = [gone if lost else gone.replace("%1", schema.plural).replace("%2", connection)]
    sentences.append("" if lost else _as_of(loss))
    if loss.drafts:
        sentences.append(
            counted(
                loss.drafts,
                "So is what you typed in %n record and did not save.",
                "So is what you typed in %n records and did not save.",
                "DesignQuestions",
            )
        )
    sentences.append("" if lost else _tr("This can’t be undone."))
    return Question(
        _tr("Delete %1?").replace("%1", schema.plural),
        " ".join(filter(None, sentences)),
        (_delete(schema.plural),),
        typed_name=schema.plural,
    )


def field_question(connection: str, schema: ObjectSchema, item: Field, loss: Loss, lost: str = "") -> Question:
    """Whether a field is deleted.

    :param lost: what is lost, where that is not every value.
    """
    title = _tr("Delete the field %1?").replace("%1", item.label)
    if lost:
        return Question(title, lost, (_delete(item.label),))
    if loss.records is None:
        gone = _tr("Its values in all records of %1 in %2 are deleted with it.")
    elif loss.records == 0:
        gone = _tr("No record of %1 in %2 has a value in it.")
    else:
        gone = counted(
            loss.records,
            "Its value in %n record of %1 in %2 is deleted with it.",
            "Its values in %n records of %1 in %2 are deleted with it.",
            "DesignQuestions",
        )
    sentences = (
        gone.replace("%1", schema.plural).replace("%2", connection),
        _as_of(loss),
        _tr("This can’t be undone."),
    )
    return Question(title, " ".join(filter(None, sentences)), (_delete(item.label),))


def options_question(item: Field, labels: Sequence[str], loss: Loss) -> Question:
    """Whether options are taken out of a field, with the values of the records that have them."""
    if loss.records is None:
        gone = _tr("Records that have one of them lose that value.")
    elif loss.records == 0:
        gone = _tr("No record has one of them.")
    else:
        gone = counted(
            loss.records,
            "%n record has one of them and loses that value.",
            "%n records have one of them and lose that value.",
            "DesignQuestions",
        )
    sentences = [gone, _as_of(loss)]
    if loss.syncs:
        names = ", ".join(f"“{name}”" for name in loss.syncs)
        sentences.append(_tr("Used in the mapping or the filter of %1.").replace("%1", names))
    title = counted(len(labels), "Remove %n option of %1?", "Remove %n options of %1?", "DesignQuestions")
    return Question(
        title.replace("%1", item.label),
        " ".join(filter(None, sentences)),
        (Choice(GO, counted(len(labels), "Remove option", "Remove options", "DesignQuestions"), "destructive"),),
        listing=tuple(labels),
    )


def _delete(label: str) -> Choice:
    return Choice(GO, _tr("Delete %1").replace("%1", label), "destructive")


def _as_of(loss: Loss) -> str:
    """When the records were counted, where that was not now."""
    if loss.records is None or loss.as_of is None:
        return ""
    return _tr("Counted in the copy that was read %1.").replace("%1", relative(loss.as_of, datetime.now(UTC)))
