# What starts the bootstrap of a custom runtime: Python, and nothing else of ours. As on Amazon Linux there is curl, and sh is bash.
# bootstrap.Dockerfile goes on from here.
ARG BASE
FROM ${BASE}
COPY root/ /
RUN python=$(command -v python3.13) && ln -sf $python /var/lang/bin/python3 && \
    mkdir -p /usr/local/bin && { [ -e /usr/local/bin/python3 ] || ln -s $python /usr/local/bin/python3; } && \
    stdlib=$($python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') && \
    $python -m compileall -q -f --invalidation-mode unchecked-hash -x 'lib2to3/tests|/test/|bad_coding' $stdlib /var/runtime
RUN command -v curl >/dev/null || \
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends curl && rm -rf /var/lib/apt/lists/*; }
RUN ln -sf bash /bin/sh
ENV PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin \
    LD_LIBRARY_PATH=/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib \
    LANG=C.UTF-8 \
    TZ=:UTC
USER 993:990
WORKDIR /var/task
CMD ["/var/lang/bin/python3", "-I", "-S", "/var/runtime/bootstrap.py"]
