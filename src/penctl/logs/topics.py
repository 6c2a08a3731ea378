"""The topics of `penctl.logs.channels` as records of an MCAP file."""

from __future__ import annotations

from mcap.records import Channel, Schema

from penctl.logs.channels import SIMULATED, topics


def records(*, simulated: bool) -> tuple[list[Schema], list[Channel]]:
    """Schemas and channels of a new recording; each channel says by name and metadata what is simulated."""
    schemas, found = [], []
    for number, topic in enumerate(topics(), start=1):
        schemas.append(
            Schema(id=number, data=topic.schema, encoding=topic.schema_encoding, name=topic.schema_name)
        )
        found.append(
            Channel(
                id=number,
                topic=(SIMULATED if simulated else "") + topic.name,
                message_encoding=topic.message_encoding,
                metadata={"simulated": str(simulated).lower()},
                schema_id=number,
            )
        )
    return schemas, found
