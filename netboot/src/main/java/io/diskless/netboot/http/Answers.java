package io.diskless.netboot.http;

import io.diskless.netboot.tftp.TftpContent;
import io.diskless.netboot.tftp.TftpData;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.AsciiString;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests of one connection, one after the other. Confined to its event loop. */
// Netty hands out a future for each write; the last one of an answer has a listener.
@SuppressWarnings("FutureReturnValueIgnored")
final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(HttpBootServer.class);

    /** Names of fields mean the same in any case (RFC 9110 §5.1), but GRUB 2.06 knows this one only as it is written here. */
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length");

    private final TftpContent content;
    private final HttpListener listener;

    Answers(TftpContent content, HttpListener listener) {
        this.content = content;
        this.listener = listener;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        // The next request waits until this one is answered, so that nobody fills the memory with answers.
        context.channel().config().setAutoRead(false);
        if (request.decoderResult().isFailure()) {
            refuse(context, request, HttpResponseStatus.BAD_REQUEST);
            return;
        }
        if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            refuse(context, request, HttpResponseStatus.METHOD_NOT_ALLOWED);
            return;
        }
        Optional<String> name = Paths.name(request.uri());
        if (name.isEmpty()) {
            refuse(context, request, HttpResponseStatus.FORBIDDEN);
            return;
        }
        try {
            Optional<TftpData> data = content.open(name.get(), client(context));
            if (data.isEmpty()) {
                refuse(context, request, HttpResponseStatus.NOT_FOUND);
            } else if (data.get().size() < 0) {
                data.get().close();
                LOG.warn("HTTP: {} has no known size, which UEFI clients must be told", name.get());
                refuse(context, request, HttpResponseStatus.INTERNAL_SERVER_ERROR);
            } else {
                answer(context, request, name.get(), data.get());
            }
        } catch (AccessDeniedException e) {
            LOG.info("HTTP: {} may not read {}: {}", client(context), name.get(), e.getMessage());
            refuse(context, request, HttpResponseStatus.FORBIDDEN);
        } catch (IOException | RuntimeException e) {
            LOG.warn("HTTP: cannot open {} for {}", name.get(), client(context), e);
            refuse(context, request, HttpResponseStatus.INTERNAL_SERVER_ERROR);
        }
    }

    private void answer(ChannelHandlerContext context, FullHttpRequest request, String name, TftpData data)
            throws IOException {
        long size = data.size();
        Range range = Range.of(request.headers().get(HttpHeaderNames.RANGE), size);
        HttpResponseStatus status = range.status();
        boolean body = request.method().equals(HttpMethod.GET) && range.length() > 0;
        if (body && range.length() <= Pieces.LARGEST) {
            // Headers and a body as small as a script's go in one call, and mostly in one packet.
            HttpResponse whole = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, status, Pieces.whole(data, range.first(), range.length(), context.alloc()));
            describe(whole, range, name, size);
            end(context, request, status, range.length(), context.writeAndFlush(whole));
            return;
        }
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        describe(response, range, name, size);
        context.write(response);
        if (body) {
            writeLarge(context, data, range);
        } else {
            data.close();
        }
        end(
                context,
                request,
                status,
                body ? range.length() : 0,
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
    }

    private static void describe(HttpResponse response, Range range, String name, long size) {
        HttpHeaders headers = response.headers();
        headers.set(CONTENT_LENGTH, range.length());
        headers.set(HttpHeaderNames.ACCEPT_RANGES, "bytes");
        headers.set(HttpHeaderNames.CONTENT_TYPE, Paths.type(name));
        range.header(size).ifPresent(text -> headers.set(HttpHeaderNames.CONTENT_RANGE, text));
    }

    /** A file goes from the disk to the socket, unless it must be encrypted on the way. */
    private static void writeLarge(ChannelHandlerContext context, TftpData data, Range range) {
        ChannelPipeline pipeline = context.pipeline();
        Optional<FileChannel> file = pipeline.get(SslHandler.class) == null ? data.fileChannel() : Optional.empty();
        if (file.isPresent()) {
            context.write(new FilePart(file.get(), range.first(), range.length()));
            return;
        }
        if (pipeline.get(ChunkedWriteHandler.class) == null) {
            // Everything else does without: each handler costs every small answer something.
            pipeline.addBefore(context.name(), null, new ChunkedWriteHandler());
        }
        context.write(new Pieces(data, range.first(), range.length()));
    }

    private void refuse(ChannelHandlerContext context, FullHttpRequest request, HttpResponseStatus status) {
        byte[] text = (status + "\n").getBytes(StandardCharsets.US_ASCII);
        boolean head = request.method().equals(HttpMethod.HEAD);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(text));
        response.headers().set(CONTENT_LENGTH, text.length);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
        if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        end(context, request, status, head ? 0 : text.length, context.writeAndFlush(response));
    }

    private void end(
            ChannelHandlerContext context,
            FullHttpRequest request,
            HttpResponseStatus status,
            long length,
            ChannelFuture written) {
        HttpReport report =
                new HttpReport(client(context), request.method().name(), request.uri(), status.code(), length, false);
        written.addListener(done -> {
            context.channel().config().setAutoRead(true);
            tell(new HttpReport(
                    report.client(), report.method(), report.path(), report.status(), length, done.isSuccess()));
        });
    }

    private void tell(HttpReport report) {
        try {
            listener.answered(report);
        } catch (RuntimeException e) {
            LOG.warn("HTTP: the listener failed on {}", report, e);
        }
    }

    private static InetSocketAddress client(ChannelHandlerContext context) {
        return (InetSocketAddress) context.channel().remoteAddress();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof IdleStateEvent) {
            context.close();
        } else {
            super.userEventTriggered(context, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // UEFI clients end with a reset.
        if (cause instanceof IOException) {
            LOG.debug("HTTP: {} went away: {}", context.channel(), cause.toString());
        } else {
            LOG.warn("HTTP: {}", context.channel(), cause);
        }
        context.close();
    }
}
