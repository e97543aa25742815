package io.diskless.netboot.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a file is asked for (RFC 9110 §14). Several ranges at once, and what is no range of octets, may be ignored,
 * and are. Immutable.
 */
record Range(HttpResponseStatus status, long first, long length) {
    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    static Range of(@Nullable String header, long size) {
        Range all = new Range(HttpResponseStatus.OK, 0, size);
        Matcher form = ONE.matcher(header == null ? "" : header.strip());
        if (!form.matches() || (form.group(1).isEmpty() && form.group(2).isEmpty())) {
            return all;
        }
        if (form.group(1).isEmpty()) {
            long last = Math.min(Long.parseLong(form.group(2)), size);
            return last == 0 ? none() : new Range(HttpResponseStatus.PARTIAL_CONTENT, size - last, last);
        }
        long first = Long.parseLong(form.group(1));
        long last = form.group(2).isEmpty() ? size - 1 : Math.min(Long.parseLong(form.group(2)), size - 1);
        if (first >= size) {
            return none();
        }
        // A range that ends before it begins is no range.
        return last < first ? all : new Range(HttpResponseStatus.PARTIAL_CONTENT, first, last - first + 1);
    }

    private static Range none() {
        return new Range(HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0, 0);
    }

    Optional<String> header(long size) {
        if (status.equals(HttpResponseStatus.PARTIAL_CONTENT)) {
            return Optional.of("bytes " + first + "-" + (first + length - 1) + "/" + size);
        }
        return status.equals(HttpResponseStatus.OK) ? Optional.empty() : Optional.of("bytes */" + size);
    }
}
