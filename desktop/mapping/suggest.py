"""Suggestions: which field here is which field there, and by what records are the same thing.

A pair's score is the likeness of names and labels, helped by equal options and equal sample values, and struck
out where the types can't meet. The best pair is taken first, each field at most once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from desktop.domain.compatibility import Compatibility, Fit, compatibility
from desktop.domain.mapping import FieldPair, MatchPair, Side, Step
from desktop.domain.record import Record
from desktop.domain.schema import EXTERNAL_ID, Field, ObjectSchema
from desktop.domain.values import FieldType, is_empty, key_text

THRESHOLD = 62.0
_SYNONYMS = (
    {"note", "notes", "instructions", "instruction", "comment", "comments", "remarks"},
    {"phone", "mobile", "telephone"},
    {"surname", "lastname", "family"},
    {"zip", "postcode", "postal"},
    {"amount", "total", "sum"},
    {"website", "url", "link"},
    {"birthday", "birth", "dob"},
    {"company", "organisation", "organization", "business", "account"},
    {"contact", "customer", "person", "member", "buyer"},
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested line, with how sure it is (0 to 100) and how well the types meet."""

    pair: FieldPair
    score: float
    fit: Compatibility


@dataclass(frozen=True, slots=True)
class MatchSuggestion:
    """A suggested match key, with the share of sample records that it told apart (0 to 1)."""

    pair: MatchPair
    score: float
    distinct: float


def suggest_fields(
    source: ObjectSchema,
    target: ObjectSchema,
    source_samples: Sequence[Record] = (),
    target_samples: Sequence[Record] = (),
    *,
    source_side: Side = Side.LEFT,
) -> list[Suggestion]:
    """Lines of a mapping from source to target, in the source's order of fields."""
    candidates: list[tuple[float, Field, Field, Compatibility]] = []
    for here in _mappable(source.fields):
        for there in _mappable(target.fields):
            if there.read_only:
                continue
            fit = compatibility(here, there)
            score = likeness(here, there) + _evidence(here, there, source_samples, target_samples)
            if fit.fit is not Fit.IMPOSSIBLE and score + _type_bonus(fit) >= THRESHOLD:
                candidates.append((score + _type_bonus(fit), here, there, fit))
    candidates.sort(key=lambda item: (-item[0], item[1].key, item[2].key))
    taken = _assign(candidates)
    order = {field.key: index for index, field in enumerate(source.fields)}
    taken.sort(key=lambda item: order[item[1].key])
    return [
        Suggestion(suggested_pair(here, there, fit, source_side), min(score, 100.0), fit)
        for score, here, there, fit in taken
    ]


def suggested_pair(source: Field, target: Field, fit: Compatibility, source_side: Side) -> FieldPair:
    """The line that joins two fields, with the equal options paired and a needed rounding left to the operator."""
    left, right = (source.key, target.key) if source_side is Side.LEFT else (target.key, source.key)
    return FieldPair(left, right, _paired_options(source, target, source_side), _needed_steps(source, target))


def suggest_match(
    source: ObjectSchema,
    target: ObjectSchema,
    source_samples: Sequence[Record] = (),
    target_samples: Sequence[Record] = (),
    *,
    source_side: Side = Side.LEFT,
) -> list[MatchSuggestion]:
    """Pairs by which records could be matched, the best first."""
    found: list[MatchSuggestion] = []
    for here in source.fields:
        distinct = _distinct_share(here, source_samples)
        if not _can_match(here) or here.key == EXTERNAL_ID or distinct < _DISTINCT_ENOUGH:
            continue
        for there in target.fields:
            if there.read_only or not (_can_match(there) or there.key == EXTERNAL_ID):
                continue
            score = _match_score(here, there, source, source_samples, target_samples)
            if score >= THRESHOLD:
                left, right = (here.key, there.key) if source_side is Side.LEFT else (there.key, here.key)
                found.append(MatchSuggestion(MatchPair(left, right), score, distinct))
    return sorted(found, key=lambda item: (-item.score, item.pair.left, item.pair.right))


def likeness(here: Field, there: Field) -> float:
    """How alike two fields' names are, 0 to 100."""
    best = 0.0
    for one in (here.label, here.key):
        for other in (there.label, there.key):
            best = max(best, _alike(_words(one), _words(other)))
    return best


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return 100.0
    straight = fuzz.ratio(" ".join(one), " ".join(other))
    contained = 86.0 if set(one) <= set(other) or set(other) <= set(one) else 0.0
    related = 72.0 if any({a, b} <= group for group in _SYNONYMS for a in one for b in other if a != b) else 0.0
    return max(straight, contained, related)


def _words(name: str) -> tuple[str, ...]:
    name = re.sub(r"([a-z])([A-Z])", r"\1 \2", name.lstrip("@"))
    return tuple(re.findall(r"[^\W_]+", name.casefold()))


def _mappable(fields: Iterable[Field]) -> list[Field]:
    return [field for field in fields if not field.is_system]


def _assign(
    candidates: list[tuple[float, Field, Field, Compatibility]],
) -> list[tuple[float, Field, Field, Compatibility]]:
    used_here: set[str] = set()
    used_there: set[str] = set()
    taken: list[tuple[float, Field, Field, Compatibility]] = []
    for candidate in candidates:
        _score, here, there, _fit = candidate
        if here.key not in used_here and there.key not in used_there:
            used_here.add(here.key)
            used_there.add(there.key)
            taken.append(candidate)
    return taken


def _type_bonus(fit: Compatibility) -> float:
    return {Fit.EXACT: 6.0, Fit.TRANSFORM: 0.0, Fit.LOSSY: -4.0, Fit.IMPOSSIBLE: -100.0}[fit.fit]


def _evidence(here: Field, there: Field, left: Sequence[Record], right: Sequence[Record]) -> float:
    score = 0.0
    if here.options and there.options:
        shared = {option.label.casefold() for option in here.options} & {
            option.label.casefold() for option in there.options
        }
        score += 30.0 * len(shared) / min(len(here.options), len(there.options))
    return score + 20.0 * _overlap(here, there, left, right)


def _overlap(here: Field, there: Field, left: Sequence[Record], right: Sequence[Record]) -> float:
    """The share of distinct sample values that occur on both sides."""
    mine, theirs = _keys(here, left), _keys(there, right)
    if len(mine) < _FEWEST or len(theirs) < _FEWEST:
        return 0.0
    return len(mine & theirs) / min(len(mine), len(theirs))


_FEWEST = 3
_DISTINCT_ENOUGH = 0.9


def _keys(field: Field, samples: Sequence[Record]) -> set[str]:
    texts = (key_text(record.get(field.key), field.type) for record in samples)
    return {text for text in texts if text}


def _distinct_share(field: Field, samples: Sequence[Record]) -> float:
    """How well the field tells the samples apart: distinct values over all samples; 1 without samples."""
    if not samples:
        return 1.0
    filled = [record for record in samples if not is_empty(record.get(field.key))]
    return len(_keys(field, filled)) / len(samples)


def _can_match(field: Field) -> bool:
    return field.type in _MATCHABLE and not (field.is_system and field.key != EXTERNAL_ID)


_MATCHABLE = frozenset({FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.NUMBER, FieldType.URL})


def _match_score(
    here: Field, there: Field, source: ObjectSchema, left: Sequence[Record], right: Sequence[Record]
) -> float:
    if here.type is FieldType.EMAIL and there.type is FieldType.EMAIL:
        return 100.0
    if there.key == EXTERNAL_ID:
        named = any(word in ("number", "id", "code", "key", "sku", "reference") for word in _words(here.key))
        return 96.0 if here.key in source.title_keys or named else 0.0
    score = likeness(here, there) * 0.85 + 15.0 * _overlap(here, there, left, right)
    return score - (20.0 if here.type is FieldType.PHONE or there.type is FieldType.PHONE else 0.0)


def _paired_options(source: Field, target: Field, source_side: Side) -> Mapping[str, str]:
    """Options that mean the same under different labels, by likeness; equal labels need no pairing."""
    if not (source.options and target.options):
        return {}
    pairs: dict[str, str] = {}
    labels = {option.label.casefold() for option in target.options} | {
        option.key.casefold() for option in target.options
    }
    free = list(target.options)
    for option in source.options:
        if option.label.casefold() in labels or option.key.casefold() in labels:
            continue
        best = max(free, key=lambda other: fuzz.ratio(option.label.casefold(), other.label.casefold()))
        if fuzz.ratio(option.label.casefold(), best.label.casefold()) >= _SAME_OPTION:
            pairs[option.key] = best.key
    if source_side is Side.RIGHT:
        return {target_key: source_key for source_key, target_key in pairs.items()}
    return pairs


_SAME_OPTION = 75.0


def _needed_steps(source: Field, target: Field) -> tuple[Step, ...]:
    if target.type is FieldType.TEXT and source.type is FieldType.LONG_TEXT:
        return (Step("squeeze"),)
    return ()
