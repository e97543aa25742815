package io.diskless.cluster.simulate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Streams of bytes that share ports and disks. Each goes over several of them, and what one of them can carry is shared
 * fairly: max-min fairness by progressive filling (D. Bertsekas, R. Gallager, "Data Networks", section 6.5.2), which is what
 * many TCP or AoE streams over one switch come to. Not thread-safe.
 */
final class Flows {
    private static final double NANOS = 1e9;

    /** One stream. */
    private static final class Flow {
        final List<String> over;
        final Runnable done;
        double left;
        /** Bytes in a second. */
        double rate;

        Flow(List<String> over, double left, Runnable done) {
            this.over = over;
            this.left = left;
            this.done = done;
        }
    }

    private final Map<String, Double> capacities = new HashMap<>();
    private final List<Flow> flows = new ArrayList<>();
    private boolean shared = true;

    /** What a port or disk can carry, in bytes a second; told again, the later counts. */
    void capacity(String resource, long bytesPerSecond) {
        capacities.put(resource, (double) bytesPerSecond);
    }

    /** Begins a stream; what is to be done at its end may begin others. */
    void begin(long bytes, List<String> over, Runnable done) {
        if (over.isEmpty()) {
            throw new IllegalArgumentException("a stream goes over a port or disk");
        }
        for (String resource : over) {
            if (!capacities.containsKey(resource)) {
                throw new IllegalArgumentException("nothing is known of " + resource);
            }
        }
        flows.add(new Flow(List.copyOf(over), bytes, done));
        shared = false;
    }

    /** In how many nanoseconds the next stream ends, if there is one. */
    OptionalLong next() {
        share();
        return flows.stream()
                .mapToLong(flow -> (long) Math.ceil(flow.left / flow.rate * NANOS))
                .min();
    }

    /** Lets time pass, at most until the next stream ends. */
    void pass(long nanos) {
        share();
        List<Flow> ended = new ArrayList<>();
        for (Flow flow : flows) {
            flow.left -= flow.rate * nanos / NANOS;
            // Half a byte is what rounding may leave.
            if (flow.left < 0.5) {
                ended.add(flow);
            }
        }
        if (!ended.isEmpty()) {
            flows.removeAll(ended);
            shared = false;
            ended.forEach(flow -> flow.done.run());
        }
    }

    private void share() {
        if (shared) {
            return;
        }
        Map<String, Double> left = new LinkedHashMap<>();
        Map<String, Integer> users = new LinkedHashMap<>();
        for (Flow flow : flows) {
            for (String resource : flow.over) {
                left.put(resource, capacities.getOrDefault(resource, 0.0));
                users.merge(resource, 1, Integer::sum);
            }
        }
        List<Flow> open = new ArrayList<>(flows);
        while (!open.isEmpty()) {
            String tightest = "";
            double least = Double.MAX_VALUE;
            for (Map.Entry<String, Integer> use : users.entrySet()) {
                double each = left.getOrDefault(use.getKey(), 0.0) / use.getValue();
                if (use.getValue() > 0 && each < least) {
                    least = each;
                    tightest = use.getKey();
                }
            }
            List<Flow> still = new ArrayList<>();
            for (Flow flow : open) {
                if (!flow.over.contains(tightest)) {
                    still.add(flow);
                    continue;
                }
                flow.rate = least;
                double share = least;
                for (String resource : flow.over) {
                    users.merge(resource, -1, Integer::sum);
                    left.computeIfPresent(resource, (name, rest) -> Math.max(0, rest - share));
                }
            }
            open = still;
        }
        shared = true;
    }
}
