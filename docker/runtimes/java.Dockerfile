# Java with AWS's runtime interface client, and an archive of the classes that functions need (AppCDS). bootstrap.Dockerfile goes on from here.
ARG BASE
FROM ${BASE}
ARG JAVA
ARG PYTHON
COPY root/ /
COPY tools/ /tools/
# Amazon Linux has the locale en_US.UTF-8, which LANG names; here it is another name of C.UTF-8.
RUN ln -s "$(ls -d /usr/lib/jvm/java-${JAVA}-openjdk-*/bin/java /usr/lib/jvm/java-${JAVA}-openjdk-*/jre/bin/java 2>/dev/null | tail -n 1)" /var/lang/bin/java && \
    ln -s "$(command -v python${PYTHON})" /var/lang/bin/python3 && \
    ln -s "$(ls -d /usr/lib/locale/C.UTF-8 /usr/lib/locale/C.utf8 2>/dev/null | tail -n 1)" /usr/lib/locale/en_US.utf8 && \
    stdlib=$(python${PYTHON} -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') && \
    python${PYTHON} -m compileall -q -f --invalidation-mode unchecked-hash -x 'lib2to3/tests|/test/|bad_coding' $stdlib && \
    python${PYTHON} /var/runtime/prepare.py ${JAVA} /tools && \
    rm -rf /var/runtime/src /var/runtime/unix /var/runtime/port /var/runtime/training /var/runtime/prepare.py /tools /tmp/*
ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin \
    LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib \
    LANG=C.UTF-8 \
    TZ=:UTC
USER 993:990
WORKDIR /var/task
CMD ["/var/lang/bin/python3", "-I", "-S", "/var/runtime/bootstrap.py"]
