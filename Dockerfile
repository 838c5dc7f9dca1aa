# Builds one static binary and ships it alone.

FROM rust:1.95-alpine AS build
RUN apk add --no-cache musl-dev gcc
WORKDIR /src
COPY . .
RUN cargo build --release --locked \
 && install -D target/release/steading /out/usr/bin/steading \
 && install -d -o 10001 -g 10001 -m 0700 /out/data

FROM scratch
COPY --from=build /out/usr /usr
COPY --from=build --chown=10001:10001 /out/data /data
USER 10001:10001
ENV STEADING__SERVER__LISTEN=0.0.0.0:7070 \
    STEADING__SERVER__DATA=/data
VOLUME /data
EXPOSE 7070
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s CMD ["/usr/bin/steading", "healthcheck"]
ENTRYPOINT ["/usr/bin/steading"]
CMD ["serve"]
