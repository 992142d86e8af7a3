"""``/labels`` and ``/job-types``: short lists that come whole, whatever ``page`` says."""

from __future__ import annotations

from collections.abc import Iterable

from desktop.sandbox.activecollab import fields
from desktop.sandbox.activecollab.errors import invalid
from desktop.sandbox.activecollab.kinds import JOB_TYPE, LABEL, OPEN
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.site import Site, given
from desktop.sandbox.kernel import Answer, Call, Endpoint

_COLOURS = ("#C49FFF", "#98B57C", "#FF9C9C", "#FBD75B", "#9FC6E7", "#FFBBA3", "#B9E4E0", "#EAEAEA")


class Labels:
    """The labels of tasks, and the kinds of work that hours are booked on."""

    def __init__(self, site: Site, reader: Reader) -> None:
        self._site = site
        self._reader = reader

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/labels", self.labels),
            Endpoint("POST", "/labels", self.create, scope="Owner"),
            Endpoint("GET", "/labels/{id}", self.label),
            Endpoint("GET", "/job-types", self.job_types),
            Endpoint("GET", "/job-types/{id}", self.job_type),
        ]

    def labels(self, call: Call) -> Answer:
        """``GET /labels``."""
        return Answer(200, self._reader.show(LABEL, self._site.objects.find(LABEL)))

    def label(self, call: Call) -> Answer:
        """``GET /labels/<id>``."""
        return self._reader.single(LABEL, self._site.find(call, LABEL))

    def create(self, call: Call) -> Answer:
        """``POST /labels``: a name that is free."""
        name = fields.read(given(call), {"name": fields.required}, ("name",))["name"]
        if name.casefold() in self._by_name():
            raise invalid({"name": "Name is already in use"})
        return self._reader.single(LABEL, self._site.objects.get(LABEL, self._add(name)) or {})

    def job_types(self, call: Call) -> Answer:
        """``GET /job-types``; more than one may be a default."""
        return Answer(200, self._reader.show(JOB_TYPE, self._site.objects.find(JOB_TYPE, "state = ?", OPEN)))

    def job_type(self, call: Call) -> Answer:
        """``GET /job-types/<id>``."""
        return self._reader.single(JOB_TYPE, self._site.find(call, JOB_TYPE))

    def named(self, names: Iterable[str]) -> list[int]:
        """The ids of labels by their names, whatever their case; a name that is new makes a new label."""
        known = self._by_name()
        found: list[int] = []
        for name in names:
            key = name.casefold()
            if key not in known:
                known[key] = self._add(name)
            if known[key] not in found:
                found.append(known[key])
        return found

    def _by_name(self) -> dict[str, int]:
        return {label["name"].casefold(): label["id"] for label in self._site.objects.find(LABEL)}

    def _add(self, name: str) -> int:
        position = self._site.objects.count(LABEL) + 1
        colour = _COLOURS[position % len(_COLOURS)]
        return self._site.objects.add(LABEL, {"name": name, "color": colour, "position": position})["id"]
