"""The profile that a person names to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from rental_pricing.errors import ReferenceProfileError, cut
from rental_pricing.quality.profile import FORMAT, Profile, comparable

if TYPE_CHECKING:
    from rental_pricing.listings.parameters import MarketParameters

_ANOTHER = (
    "Name the listings_profile.json of a run of this version with the same market and bins: "
    "--params reference=FILE, or leave it out."
)


def read_reference(content: object, profile: Profile, market: MarketParameters) -> Profile | None:
    """Read the reference profile and make sure that it can be compared.

    Args:
        content: What its file says; ``None`` if there is no reference.
        profile: The profile of the listings that it is compared with.
        market: Their market.

    Raises:
        ReferenceProfileError: If it is something else than a profile of this format, or
            of another market, or made with other columns or bins.
    """
    if content is None:
        return None
    try:
        reference = Profile.model_validate(content)
    except ValidationError as error:
        raise ReferenceProfileError(_no_profile(error)) from None
    if reference.market != profile.market:
        msg = f"The reference profile is of another market than {cut(market.name)}. {_ANOTHER}"
        raise ReferenceProfileError(msg)
    if not comparable(reference, profile):
        differing = sorted(
            name
            for name in {*reference.numeric, *profile.numeric}
            if reference.numeric.get(name) is None
            or profile.numeric.get(name) is None
            or reference.numeric[name].edges != profile.numeric[name].edges
        )
        what = f"bins ({cut(', '.join(differing))})" if differing else "columns"
        msg = f"The reference profile was made with other {what}. {_ANOTHER}"
        raise ReferenceProfileError(msg)
    return reference


def _no_profile(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    what = cut(f"{where}: {first['msg']}" if where else first["msg"], 100)
    return f"The reference is no profile of format {FORMAT} ({what}). {_ANOTHER}"
