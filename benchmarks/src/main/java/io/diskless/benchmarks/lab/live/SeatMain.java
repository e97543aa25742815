package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The program of a node: one {@link Message} a line on standard input, each with a number, and an answer for each with its number
 * on standard output, in the order in which they are done. It ends when its input ends, whatever is under way, so it never
 * outlives the director.
 */
public final class SeatMain {
    private SeatMain() {}

    /**
     * Runs a node.
     *
     * @param arguments {@code store}, {@code storage} or {@code config}; the name of the node; and the folder of the run
     * @throws IOException if the director cannot be heard
     */
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        // Whoever prints by habit must not speak between the answers.
        System.setOut(System.err);
        Path folder = Path.of(arguments[2]);
        Seat seat = switch (arguments[0]) {
            case "store" -> new StoreSeat(folder);
            case "storage" -> new StorageSeat(arguments[1], folder);
            case "config" -> new ConfigSeat(arguments[1], folder);
            default -> throw new IllegalArgumentException("no such node: \"" + arguments[0] + "\"");
        };
        ExecutorService workers = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "seat");
            thread.setDaemon(true);
            return thread;
        });
        say(answers, Message.ok());
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            Message request = Message.parse(line);
            workers.execute(() -> say(answers, answer(seat, request).with("n", request.text("n"))));
        }
        // Threads of the system below must not keep a node alive that nobody directs.
        Runtime.getRuntime().halt(0);
    }

    private static void say(PrintStream answers, Message message) {
        synchronized (answers) {
            answers.print(message + "\n");
            answers.flush();
        }
    }

    private static Message answer(Seat seat, Message request) {
        try {
            if (request.verb().equals("end")) {
                seat.close();
                return Message.ok();
            }
            return seat.handle(request);
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
