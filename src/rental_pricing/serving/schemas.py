"""The shapes of questions and answers, as OpenAPI 3.0 tells them (Swagger UI 4 reads no newer)."""

from __future__ import annotations

from typing import Any

from rental_pricing.serving.fields import FIELDS, PASSED_OVER, REQUIRED, example_listing
from rental_pricing.serving.parameters import ServingParameters
from rental_pricing.serving.problems import MEDIA_TYPE

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "number"}
_WHOLE: Schema = {"type": "integer"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_OPEN = {"nullable": True}


def _object(_told: str = "", **properties: Schema) -> Schema:
    told = {"description": _told} if _told else {}
    return {
        "type": "object",
        **told,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def reference(name: str) -> Schema:
    """Return a reference to one of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def components(limits: ServingParameters) -> dict[str, Schema]:
    """Return all shapes, by name.

    Args:
        limits: How much may be asked at once.
    """
    return {
        "Listing": {
            "type": "object",
            "description": "A home as a drop describes it. What is optional may be null.",
            "properties": {
                **{each.name: each.schema() for each in FIELDS},
                **{name: {"description": "Not read.", "nullable": True} for name in PASSED_OVER},
            },
            "required": list(REQUIRED),
            "additionalProperties": False,
            "example": example_listing(),
        },
        "Question": {
            "type": "object",
            "properties": {
                "listings": {
                    **_list(reference("Listing")),
                    "minItems": 1,
                    "maxItems": limits.max_listings,
                },
                "similar": {
                    **_WHOLE,
                    "minimum": 0,
                    "maximum": limits.max_similar,
                    "default": 0,
                    "description": "Similar listings to name for each.",
                },
                "explain": {
                    "type": "boolean",
                    "default": False,
                    "description": "Whether to say what adds up to the price; of at most "
                    f"{limits.max_explained} listings.",
                },
            },
            "required": ["listings"],
            "additionalProperties": False,
            "example": {"listings": [example_listing()], "similar": 5, "explain": True},
        },
        "Model": _object(
            "Which model has answered.",
            version={**_TEXT, "example": "v3"},
            identity={**_TEXT, "description": "Stands for what made it."},
            newest_delivery={"type": "string", "format": "date"},
            age_days={**_WHOLE, "description": "Age of the newest listings that it knows."},
        ),
        "Similar": _object(
            "A known listing. Its distance counts kilometres, bedrooms and the shortest stay.",
            id=_WHOLE,
            price=_NUMBER,
            distance=_NUMBER,
            distance_km={**_NUMBER, "description": "As the crow flies."},
            room_type=_TEXT,
            latitude=_NUMBER,
            longitude=_NUMBER,
            neighbourhood_group={**_TEXT, **_OPEN},
            neighbourhood={**_TEXT, **_OPEN},
        ),
        "Contributions": {
            **_object(
                "What adds up to the price: that of a typical listing, and each group's share.",
                typical=_NUMBER,
                groups=_list(
                    _object(
                        group=_TEXT,
                        columns=_TEXTS,
                        amount={**_NUMBER, "description": "In the currency of the price."},
                    )
                ),
            ),
            "nullable": True,
        },
        "Estimate": _object(
            "Prices per night; null where a listing is not priced, for the reason told.",
            id={**_WHOLE, "description": "The listing's, or else its position, from 0."},
            price={**_NUMBER, **_OPEN},
            lower={**_NUMBER, **_OPEN},
            upper={**_NUMBER, **_OPEN},
            currency={**_TEXT, "example": "USD"},
            reason={**_TEXT, **_OPEN},
            warnings={**_TEXTS, "description": "What lies outside of what the model knows."},
            similar=_list(reference("Similar")),
            contributions=reference("Contributions"),
        ),
        "Answer": _object(
            request_id=_TEXT, model=reference("Model"), estimates=_list(reference("Estimate"))
        ),
        "Problem": _object(
            "RFC 9457.",
            type=_TEXT,
            title=_TEXT,
            status=_WHOLE,
            detail=_TEXT,
            instance=_TEXT,
            request_id=_TEXT,
            errors=_list(
                _object(
                    field={**_TEXT, "example": "listings[0].latitude"},
                    value={"nullable": True},
                    rule={**_TEXT, "example": "a number between -90 and 90"},
                )
            ),
        ),
    }


def told(description: str, schema: Schema, media_type: str = "application/json") -> Schema:
    """Return how OpenAPI tells an answer."""
    return {"description": description, "content": {media_type: {"schema": schema}}}


_PROBLEMS = {
    401: "The key is missing, or another one.",
    408: "The body has not arrived in time.",
    413: "The body is too large, or asks for too much.",
    415: "The body is of another kind.",
    422: "The input can't be taken: each error names field, value and rule.",
    500: "The service has failed.",
    503: "No model is in production.",
    504: "The answer would take too long.",
}


def problems(*statuses: int) -> dict[int | str, Schema]:
    """Return how OpenAPI tells problems of some statuses."""
    return {each: told(_PROBLEMS[each], reference("Problem"), MEDIA_TYPE) for each in statuses}
