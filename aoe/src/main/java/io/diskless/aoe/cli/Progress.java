package io.diskless.aoe.cli;

import java.io.PrintStream;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** A progress bar on standard error where a person looks at it, nothing otherwise. Thread-safe. */
final class Progress implements AutoCloseable, LongConsumer {
    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /**
     * A bar that counts bytes.
     *
     * @param task one word or two
     * @param bytes the whole
     * @param wanted false where a program reads us
     */
    static Progress of(String task, long bytes, boolean wanted) {
        // The same question that decides about colours: does a person look at a terminal?
        if (!wanted || !CommandLine.Help.Ansi.AUTO.enabled()) {
            return new Progress(null);
        }
        PrintStream err = System.err;
        return new Progress(new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(bytes)
                .setUnit(" MiB", 1 << 20)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(err))
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .build());
    }

    @Override
    public void accept(long bytes) {
        if (bar != null) {
            bar.stepBy(bytes);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
