package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.rules.Rule;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What became of a site. Equal sites, scenarios, figures and seeds give equal reports. Immutable.
 *
 * @param scenario what happened
 * @param seed of the run
 * @param length from the begin to the last event
 * @param timeline everything that happened, in order
 * @param lost guests that ran at the begin and do not work at the end
 * @param moved guests that run elsewhere at the end than at the begin, with where
 * @param outages how long each guest stood still or was down, all together; one that never did is not there
 * @param worst the moment when the fewest guests worked, or had a spare
 * @param breaches rules with errors that were not there at the begin, with how many at once at most
 * @param boots how long machines of each sort and guests took from power to ready; empty if none booted
 * @param end the site as it is then
 */
public record SimulationReport(
        String scenario,
        long seed,
        Duration length,
        List<TimelineEvent> timeline,
        List<InstanceId> lost,
        Map<InstanceId, NodeId> moved,
        Map<InstanceId, Duration> outages,
        Redundancy worst,
        Map<Rule, Integer> breaches,
        Map<String, Distribution> boots,
        Model end) {
    /** Copies the collections. */
    public SimulationReport {
        Objects.requireNonNull(scenario, "scenario");
        Objects.requireNonNull(length, "length");
        Objects.requireNonNull(worst, "worst");
        Objects.requireNonNull(end, "end");
        timeline = List.copyOf(timeline);
        lost = List.copyOf(lost);
        moved = Collections.unmodifiableMap(new TreeMap<>(moved));
        outages = Collections.unmodifiableMap(new TreeMap<>(outages));
        breaches = Collections.unmodifiableMap(new TreeMap<>(breaches));
        boots = Collections.unmodifiableMap(new TreeMap<>(boots));
    }
}
