package io.diskless.benchmarks.lab.site;

/** Tells good answers from refusals. */
final class Answers {
    private Answers() {}

    static Message good(NodePlan plan, Message answer) throws LabException {
        return switch (answer.verb()) {
            case Message.OK -> answer;
            case Message.ERROR -> throw new LabException(plan.name() + ": " + answer.text("text"));
            default ->
                throw new LabException(plan.name() + " answered \"" + answer.verb() + "\", expected ok or error");
        };
    }
}
