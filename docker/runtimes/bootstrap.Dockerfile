# A runtime's image: its language and SDK, and over them, in a layer of its own, what changes most: Hearth's bootstrap.
ARG BASE
FROM ${BASE}
COPY root/ /
