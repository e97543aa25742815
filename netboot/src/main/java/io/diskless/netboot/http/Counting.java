package io.diskless.netboot.http;

import java.util.concurrent.atomic.LongAdder;

/** Counts answers on their way to the listener. Thread-safe. */
final class Counting implements HttpListener {
    /** RFC 9110 §15: from here on an answer is no file. */
    private static final int NOT_CONTENT = 300;

    private final HttpListener next;
    private final LongAdder answered = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder broken = new LongAdder();
    private final LongAdder octets = new LongAdder();

    Counting(HttpListener next) {
        this.next = next;
    }

    @Override
    public void answered(HttpReport report) {
        if (!report.complete()) {
            broken.increment();
        } else if (report.status() >= NOT_CONTENT) {
            refused.increment();
        } else {
            answered.increment();
            octets.add(report.length());
        }
        next.answered(report);
    }

    HttpCounters counters(int open) {
        return new HttpCounters(answered.sum(), refused.sum(), broken.sum(), octets.sum(), open);
    }
}
