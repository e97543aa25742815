package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.cluster.plan.Verb;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A running machine that moves to another emulator on another host, as steps of a plan. Confined to one step at a time. */
final class Migration {
    private final LiveSite site;
    private final Machine from;
    private final Machine to;
    private volatile boolean two;
    private volatile String figures = "";

    Migration(LiveSite site, Machine from, Machine to) {
        this.site = site;
        this.from = from;
        this.to = to;
    }

    /** Memory flows: both hosts hold the disk open, and both storage nodes write, under the lease that the plan has taken. */
    void flow() throws Exception {
        site.second(LiveModel.S1, Verb.PROMOTE);
        site.await("two writers", site::twoWriters);
        from.command("migrate-set-capabilities", "\"capabilities\":[{\"capability\":\"events\",\"state\":true}]");
        from.command("migrate", "\"uri\":\"tcp:" + LiveModel.address(22) + ":4444\"");
        String end = from.event("MIGRATION", "data/status", List.of("completed", "failed"))
                .get("data/status");
        Map<String, String> told = from.command("query-migrate", "");
        if (!"completed".equals(end)) {
            throw new LabException("the migration " + end + ": " + told);
        }
        figures = String.format(
                Locale.ROOT,
                "%s ms, still for %s ms, %d KiB",
                told.get("return/total-time"),
                told.get("return/downtime"),
                Long.parseLong(told.getOrDefault("return/ram/transferred", "0")) >> 10);
        two = site.twoWriters();
    }

    /** It runs there: the old emulator ends, and one writer is enough. */
    void settle() throws Exception {
        to.continues(from);
        from.close();
        site.second(LiveModel.S1, Verb.DEMOTE);
    }

    boolean twoWriters() {
        return two;
    }

    /** {@return how long it took and how much flowed} */
    @Override
    public String toString() {
        return figures;
    }
}
