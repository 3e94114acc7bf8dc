# Ruby with the gems that its base has. bootstrap.Dockerfile goes on from here.
ARG BASE
FROM ${BASE}
ARG RUBY
COPY root/ /
RUN ruby=$(command -v ruby${RUBY} || command -v ruby) && ln -sf $ruby /var/lang/bin/ruby && \
    mkdir -p /usr/local/bin && for name in bundle bundler gem; do \
      found=$(command -v $name || command -v $name${RUBY}) && ln -sf $found /var/lang/bin/$name; done; \
    /var/lang/bin/ruby -e 'exit RUBY_VERSION.start_with?("'${RUBY}'.")'
ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin \
    LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib \
    LANG=C.UTF-8 \
    TZ=:UTC
USER 993:990
WORKDIR /var/task
CMD ["/var/lang/bin/ruby", "/var/runtime/bootstrap.rb"]
