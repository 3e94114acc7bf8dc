# Node.js and the AWS SDK, which `root/` holds: packages/drivers/src/families/nodejs.ts puts them there. bootstrap.Dockerfile goes on from here.
ARG BASE
FROM ${BASE}
COPY root/ /
ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin \
    LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib \
    LANG=C.UTF-8 \
    TZ=:UTC
USER 993:990
WORKDIR /var/task
CMD ["/var/lang/bin/node", "/var/runtime/bootstrap.mjs"]
