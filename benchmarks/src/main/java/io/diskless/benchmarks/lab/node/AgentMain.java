package io.diskless.benchmarks.lab.node;

import io.diskless.benchmarks.lab.site.Agent;
import io.diskless.benchmarks.lab.site.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The program of a node that is a process: one {@link Message} a line on standard input, one answer a line on standard
 * output. It ends when its input ends, whatever else is under way, so it never outlives the director.
 */
public final class AgentMain {
    private AgentMain() {}

    /**
     * Runs an agent.
     *
     * @param arguments {@code storage} or {@code application}, and the name of the node
     * @throws IOException if the director cannot be heard
     */
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        // Whoever prints by habit must not speak between the answers.
        System.setOut(System.err);
        Agent agent = switch (arguments[0]) {
            case "storage" -> new StorageAgent(new SystemPort());
            case "application" -> new ApplicationAgent(new SystemPort());
            default ->
                throw new IllegalArgumentException("expected storage or application, got \"" + arguments[0] + "\"");
        };
        serve(agent, new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)), answers);
        // Threads of the system below must not keep a node alive that nobody directs.
        Runtime.getRuntime().halt(0);
    }

    /**
     * Greets, then answers line by line until the input ends; closes the agent.
     *
     * @param agent who answers
     * @param requests lines
     * @param answers lines
     * @throws IOException if reading failed
     */
    static void serve(Agent agent, BufferedReader requests, PrintStream answers) throws IOException {
        try (agent) {
            answers.print(Message.ok() + "\n");
            answers.flush();
            for (String line = requests.readLine(); line != null; line = requests.readLine()) {
                answers.print(answer(agent, line) + "\n");
                answers.flush();
            }
        }
    }

    private static Message answer(Agent agent, String line) {
        try {
            return agent.handle(Message.parse(line));
        } catch (Exception e) {
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            // The whole story goes to the log of the node, its essence to the director.
            e.printStackTrace(System.err);
            return Message.error(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }
}
