# .NET, from a published image or (without one) from the stand-in that the context has, and Hearth's runtime, compiled here. bootstrap.Dockerfile goes on from here.
ARG BASE
ARG PUBLISHED=stand-in
FROM ${BASE} AS stand-in
COPY dotnet/ /usr/share/dotnet/

FROM ${PUBLISHED} AS published

FROM ${BASE} AS compiled
COPY --from=published /usr/share/dotnet/ /var/lang/bin/
COPY tools/ /tools/
COPY source/ /source/
RUN python3.13 /tools/compile.py /var/lang/bin /tools -- /var/runtime/Hearth.dll /source

FROM ${BASE}
COPY --from=published /usr/share/dotnet/ /var/lang/bin/
COPY --from=compiled /var/runtime/ /var/runtime/
COPY root/ /
# Amazon Linux has the locale en_US.UTF-8, which LANG names; here it is another name of C.UTF-8. .NET takes its culture from ICU, which knows the name.
RUN ln -s "$(command -v python3.13)" /var/lang/bin/python3 && \
    ln -s "$(ls -d /usr/lib/locale/C.UTF-8 /usr/lib/locale/C.utf8 2>/dev/null | tail -n 1)" /usr/lib/locale/en_US.utf8 && \
    stdlib=$(python3.13 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') && \
    python3.13 -m compileall -q -f --invalidation-mode unchecked-hash -x 'lib2to3/tests|/test/|bad_coding' $stdlib
ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin \
    LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib \
    DOTNET_ROOT=/var/lang/bin \
    LANG=en_US.UTF-8 \
    TZ=:UTC
USER 993:990
WORKDIR /var/task
CMD ["/var/lang/bin/dotnet", "exec", "/var/runtime/Hearth.dll"]
