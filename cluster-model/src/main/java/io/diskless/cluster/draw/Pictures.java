package io.diskless.cluster.draw;

import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.plan.Plan;
import io.diskless.cluster.plan.proof.CounterExample;
import io.diskless.cluster.plan.proof.Proof;

/** The pictures that can be drawn of a site. Stateless. */
public final class Pictures {
    private Pictures() {}

    /**
     * What there is: ConfigNodes and StorageNodes above the segments, HardwareNodes with their guests below. Where there are
     * more machines of a kind than can be looked at, each rack is one box.
     *
     * @param model the site
     * @return the picture
     */
    public static Picture site(Model model) {
        return SitePicture.of(model);
    }

    /**
     * How a guest comes to its platters, layer by layer, and what may still fail: a layer is good if it survives the loss of
     * any one machine below it, a warning if it does not, bad if it does not work now.
     *
     * @param model the site
     * @param instance which guest
     * @return the picture
     * @throws IllegalArgumentException if there is no such guest
     */
    public static Picture storagePath(Model model, InstanceId instance) {
        return PathPicture.of(model, instance);
    }

    /**
     * What differs between two models: what is new, gone and changed, field by field, with the neighbours that stay.
     *
     * @param before the one
     * @param after the other
     * @return the picture
     */
    public static Picture difference(Model before, Model after) {
        return DifferencePicture.of(before, after);
    }

    /**
     * A plan as swim lanes: a lane for each machine, a bar for each step from its earliest begin to its end, and what it
     * comes after. Steps that cannot be taken back are a warning, steps that a guest notices are bad.
     *
     * @param plan which
     * @return the picture
     */
    public static PlanChart plan(Plan plan) {
        return PlanChart.of(plan);
    }

    /**
     * A plan's beginning and end as one picture: what is new, gone and changed, field by field, and what it costs.
     *
     * @param plan which
     * @return the picture
     */
    public static Picture change(Plan plan) {
        return DifferencePicture.of(plan);
    }

    /**
     * How a plan goes wrong: the steps on the way, what fails then, the rules that are broken, and the things that they are
     * about with what was changed of them.
     *
     * @param example of a refuted proof
     * @return the picture
     */
    public static Picture counterExample(CounterExample example) {
        return CounterPicture.of(example);
    }

    /**
     * A page that steps through a plan, by buttons and keys: its lanes, and for each step what it waits for, does, changes
     * and costs, with a picture of the change. It needs nothing but itself, and shows all steps where scripts are off.
     *
     * @param plan which
     * @param proof what was said of it
     * @return an HTML document
     */
    public static String page(Plan plan, Proof proof) {
        return PlanPage.of(plan, proof);
    }
}
