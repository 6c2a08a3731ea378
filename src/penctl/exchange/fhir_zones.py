"""One Observation for each zone that was punctured: what was set, what was measured, in UCUM."""

from __future__ import annotations

from typing import Any, Final

from penctl.exchange.facts import VisitFacts, ZoneFacts
from penctl.exchange.fhir_parts import (
    SCALP,
    Resource,
    coded,
    id_of,
    local_code,
    quantity,
    reference,
    shown_time,
)

MEAN: Final = (
    "Density is a zone mean: strokes in contact x needles / area of the zone. Depth is needle protrusion at "
    "the pen; how deep the needles were in the skin is not known."
)


def observation(facts: VisitFacts, zone: ZoneFacts) -> Resource:
    """Dose and settings of a zone."""
    status = "final" if facts.signed_at else "preliminary"
    category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "procedure"}
    return {
        "resourceType": "Observation",
        "id": id_of(facts, f"zone-{zone.id}"),
        "partOf": [reference(facts, "procedure")],
        "status": status,
        "category": [{"coding": [category]}],
        "code": local_code("observation", "zone-dose", "Microneedling dose of a zone of the scalp"),
        "subject": reference(facts, "patient"),
        "effectivePeriod": {
            "start": shown_time(facts, zone.first_puncture or facts.begun_at),
            "end": shown_time(facts, facts.last_puncture or facts.last_at),
        },
        "bodySite": coded(SCALP, *local_code("zone", zone.id, zone.name)["coding"], text=zone.name),
        "device": reference(facts, "device-pen"),
        "note": [{"text": MEAN + (" The area is assumed." if zone.area_assumed else "")}],
        "component": _components(zone),
    }


def _components(zone: ZoneFacts) -> list[dict[str, Any]]:
    table = (
        ("depth-set", "Depth set", quantity(zone.depth_um / 1000, "mm")),
        ("depth-deepest-measured", "Deepest depth measured", quantity(zone.deepest_um / 1000, "mm")),
        ("stroke-rate-set", "Stroke rate set", quantity(zone.rate_mhz / 1000, "Hz")),
        ("passes-done", "Passes done", quantity(len(zone.passes_done), "{passes}", "passes")),
        ("punctures", "Punctures", quantity(zone.punctures, "{punctures}", "punctures")),
        (
            "density-mean",
            "Punctures per area, mean of the zone",
            quantity(round(zone.density_per_cm2, 1), "/cm2", "/cm²"),
        ),
        (
            "density-target",
            "Punctures per area, planned",
            quantity(zone.density_target_per_cm2, "/cm2", "/cm²"),
        ),
        ("contact-time", "Time in contact", quantity(round(zone.contact_s, 1), "s")),
        ("area", "Area of the zone", quantity(zone.area_cm2, "cm2", "cm²")),
    )
    return [
        {"code": local_code("observation", key, text), "valueQuantity": value} for key, text, value in table
    ]
