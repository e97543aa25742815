package io.diskless.benchmarks.load.boot;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.diskless.benchmarks.load.Median;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What was measured, as a table for people at once and as JSON at the end. Confined to one thread. */
final class Results {
    private final PrintWriter out;
    private final List<Row> rows = new ArrayList<>();

    /**
     * A line of a table.
     *
     * @param scenario what was done
     * @param unit of the figures
     * @param goal for the ratio of ours to theirs; NaN where there is none
     * @param least whether the goal is the least, not the most
     * @param rival whose figures theirs are
     * @param ours a figure for each round
     * @param theirs as many, of the same rounds
     */
    record Row(
            String scenario,
            String unit,
            double goal,
            boolean least,
            String rival,
            List<Double> ours,
            List<Double> theirs) {
        Row {
            ours = List.copyOf(ours);
            theirs = List.copyOf(theirs);
            if (ours.size() != theirs.size() || ours.isEmpty()) {
                throw new IllegalArgumentException(
                        "expected a figure of both for each round, got " + ours.size() + " and " + theirs.size());
            }
        }

        double[] ratios() {
            double[] ratios = new double[ours.size()];
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] = ours.get(i) / theirs.get(i);
            }
            return ratios;
        }

        boolean isReached() {
            double ratio = Median.of(ratios());
            return Double.isNaN(goal) || (least ? ratio >= goal : ratio <= goal);
        }
    }

    Results(PrintWriter out) {
        this.out = out;
    }

    void say(String text) {
        out.println(text);
        out.flush();
    }

    /** What stands above the lines of {@link #add}. */
    void head() {
        say("| scenario | unit | ours : theirs | goal | | ours | theirs |");
        say("|---|---|---|---|---|---|---|");
    }

    void add(Row row) {
        rows.add(row);
        double[] ratios = row.ratios();
        say(String.format(
                Locale.ROOT,
                "| %s | %s | %.2f [%.2f-%.2f] | %s | %s | %s | %s, %s |",
                row.scenario,
                row.unit,
                Median.of(ratios),
                Median.quantile(ratios, 0.25),
                Median.quantile(ratios, 0.75),
                Double.isNaN(row.goal) ? "-" : (row.least ? ">= " : "<= ") + row.goal,
                Double.isNaN(row.goal) ? "" : row.isReached() ? "reached" : "missed",
                figure(median(row.ours)),
                row.rival,
                figure(median(row.theirs))));
    }

    static double median(List<Double> values) {
        return Median.of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : "%.2f", value);
    }

    List<Row> rows() {
        return rows;
    }

    /** All lines, with the figure of every round. */
    void write(@Nullable Path file, String command) throws IOException {
        if (file == null) {
            return;
        }
        try (JsonGenerator json = new JsonFactory().createGenerator(file.toFile(), JsonEncoding.UTF8)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeStringField("command", command);
            json.writeStringField("time", Instant.now().toString());
            json.writeStringField("load", load());
            json.writeNumberField("processors", Runtime.getRuntime().availableProcessors());
            json.writeArrayFieldStart("rows");
            for (Row row : rows) {
                json.writeStartObject();
                json.writeStringField("scenario", row.scenario);
                json.writeStringField("unit", row.unit);
                json.writeStringField("rival", row.rival);
                json.writeNumberField("ratio", Median.of(row.ratios()));
                if (!Double.isNaN(row.goal)) {
                    json.writeNumberField("goal", row.goal);
                    json.writeBooleanField("least", row.least);
                    json.writeBooleanField("reached", row.isReached());
                }
                array(json, "ours", row.ours);
                array(json, "theirs", row.theirs);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static void array(JsonGenerator json, String name, List<Double> values) throws IOException {
        json.writeFieldName(name);
        json.writeArray(values.stream().mapToDouble(Double::doubleValue).toArray(), 0, values.size());
    }

    /** Processes that ran or wanted to, of the last one, five and fifteen minutes. */
    static String load() throws IOException {
        String[] words = Files.readString(Path.of("/proc/loadavg")).split(" ", -1);
        return words[0] + " " + words[1] + " " + words[2];
    }
}
