# Python and boto3, which `root/` holds: packages/drivers/src/families/python.ts puts it there. bootstrap.Dockerfile goes on from here.
# Everything is compiled here, once, for a root that cannot be written later; the sources are not looked at again (unchecked-hash).
ARG BASE
FROM ${BASE}
ARG PYTHON
COPY root/ /
RUN python=$(command -v python${PYTHON}) && \
    ln -sf $python /var/lang/bin/python3 && ln -sf $python /var/lang/bin/python${PYTHON} && \
    stdlib=$($python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') && \
    $python -m compileall -q -f --invalidation-mode unchecked-hash -x 'lib2to3/tests|/test/|bad_coding' $stdlib /var/runtime
ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin \
    LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib \
    LANG=C.UTF-8 \
    TZ=:UTC
USER 993:990
WORKDIR /var/task
CMD ["/var/lang/bin/python3", "/var/runtime/bootstrap.py"]
