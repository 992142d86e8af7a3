"""Typed failures: each carries the operator's sentence, what to do next, and whether trying again can help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Who can mend it."""

    OPERATOR = "operator"
    PLATFORM = "platform"
    NETWORK = "network"
    CROSSWALK = "crosswalk"


class CrosswalkError(Exception):
    """A failure that the operator reads.

    :param message: what happened, to which record, in a sentence.
    :param hint: what to do next, in a sentence.
    :param details: the rest, for whoever helps; already free of secrets.
    """

    code = "error"
    retryable = False
    fault = Fault.CROSSWALK
    stops_run = False

    def __init__(self, message: str, hint: str = "", details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def report(self) -> Problem:
        """The failure as plain data, to be stored and shown."""
        return Problem(self.code, self.message, self.hint, self.details, self.retryable)


@dataclass(frozen=True, slots=True)
class Problem:
    """A failure written down."""

    code: str
    message: str
    hint: str = ""
    details: str = ""
    retryable: bool = False
    place: str = ""


class CredentialRefused(CrosswalkError):
    """The platform does not know the token, or no longer accepts it."""

    code = "credential_refused"
    fault = Fault.OPERATOR
    stops_run = True


class ScopeMissing(CrosswalkError):
    """The token is good but may not do this."""

    code = "scope_missing"
    fault = Fault.OPERATOR
    stops_run = True


class Unreachable(CrosswalkError):
    """No connection to the platform could be made."""

    code = "unreachable"
    retryable = True
    fault = Fault.NETWORK
    stops_run = True


class TlsFailure(CrosswalkError):
    """The platform's certificate could not be verified."""

    code = "tls_failure"
    fault = Fault.NETWORK
    stops_run = True


class RateLimited(CrosswalkError):
    """The platform went on refusing for too many requests."""

    code = "rate_limited"
    retryable = True
    fault = Fault.PLATFORM


class PlatformUnavailable(CrosswalkError):
    """The platform failed on its side (5xx), or did not answer in time, also after several tries."""

    code = "platform_unavailable"
    retryable = True
    fault = Fault.PLATFORM


class UnexpectedAnswer(CrosswalkError):
    """The platform answered something that is not what its documentation says."""

    code = "unexpected_answer"
    fault = Fault.PLATFORM


class OutcomeUnknown(CrosswalkError):
    """A write was sent and its answer lost: it may or may not have taken effect."""

    code = "outcome_unknown"
    retryable = True
    fault = Fault.NETWORK


class RecordRefused(CrosswalkError):
    """The platform does not accept the record as it was sent.

    :param field: key of the field that it names, where it names one.
    """

    code = "record_refused"
    fault = Fault.OPERATOR

    def __init__(self, message: str, hint: str = "", details: str = "", field: str | None = None) -> None:
        super().__init__(message, hint, details)
        self.field = field

    def report(self) -> Problem:
        return Problem(self.code, self.message, self.hint, self.details, self.retryable, self.field or "")


class Duplicate(RecordRefused):
    """A record with that key is already there."""

    code = "duplicate"


class NotFound(CrosswalkError):
    """The record, object or connection is not there (any more)."""

    code = "not_found"
    fault = Fault.OPERATOR


class Ambiguous(CrosswalkError):
    """More than one record carries the same key, so none is chosen."""

    code = "ambiguous"
    fault = Fault.OPERATOR


class NotSupported(CrosswalkError):
    """The platform offers no way to do this."""

    code = "not_supported"
    fault = Fault.OPERATOR


class InvalidInput(CrosswalkError):
    """Something typed or loaded is not right; nothing was sent or changed.

    :param problems: each with its place (a field's key, or a path such as ``fields[2].right``).
    """

    code = "invalid_input"
    fault = Fault.OPERATOR

    def __init__(self, message: str, problems: tuple[Problem, ...] = (), hint: str = "", details: str = "") -> None:
        super().__init__(message, hint, details)
        self.problems = problems


class StorageFailure(CrosswalkError):
    """The workspace could not be read or written (disk full, no permission, damaged)."""

    code = "storage_failure"
    fault = Fault.OPERATOR
    stops_run = True


class StorageFull(StorageFailure):
    """The disk is full."""

    code = "storage_full"


class WorkspaceBusy(CrosswalkError):
    """Another window already has this workspace open."""

    code = "workspace_busy"
    fault = Fault.OPERATOR


class AlreadyRunning(CrosswalkError):
    """A run of this sync is under way, here or in another process."""

    code = "already_running"
    fault = Fault.OPERATOR


class KeyringMissing(CrosswalkError):
    """The system has no keyring in which secrets could be kept."""

    code = "keyring_missing"
    fault = Fault.OPERATOR


class GuardStopped(CrosswalkError):
    """A safety guard stopped the run before any write; a person has to confirm."""

    code = "needs_confirmation"
    fault = Fault.OPERATOR
