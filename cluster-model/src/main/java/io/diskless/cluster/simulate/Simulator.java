package io.diskless.cluster.simulate;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.plan.run.SimulationOptions;

/**
 * Lets something happen to a site and tells what becomes of it. Time is virtual; whatever is done against what happens is
 * planned, proved and carried out by the same code as on a real site, and after every event the rules are asked. One seed
 * gives one run, on every machine. Stateless.
 */
public final class Simulator {
    private Simulator() {}

    /**
     * Runs a scenario.
     *
     * @param site the site at its begin
     * @param scenario what happens to it
     * @param physics how fast things are
     * @param options the seed, and how often steps of plans go wrong
     * @return what became of it
     * @throws IllegalArgumentException if the scenario names a rack, segment or machine that is not there
     */
    public static SimulationReport run(Model site, Scenario scenario, Physics physics, SimulationOptions options) {
        World world = new World(site, physics, options);
        if (scenario instanceof Scenario.BootStorm) {
            new BootStorm(world).run();
        } else if (scenario instanceof Scenario.RackLoss loss) {
            new RackLoss(world, loss.rack()).run();
        } else if (scenario instanceof Scenario.RollingDrain drain) {
            new RollingDrain(world, drain.off()).run();
        } else {
            new SplitSegment(world, (Scenario.SplitSegment) scenario).run();
        }
        return world.report(scenario.toString());
    }
}
