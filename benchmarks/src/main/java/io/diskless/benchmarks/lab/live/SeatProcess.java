package io.diskless.benchmarks.lab.live;

import io.diskless.benchmarks.lab.site.Child;
import io.diskless.benchmarks.lab.site.LabException;
import io.diskless.benchmarks.lab.site.Message;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** A node's process, as the director reaches it: any number of questions at a time. Thread-safe. */
final class SeatProcess implements AutoCloseable {
    private static final Duration START = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration FOREVER = Duration.ofDays(1);

    private final String name;
    private final Child child;
    private final Map<Long, CompletableFuture<Message>> asked = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private volatile boolean over;

    SeatProcess(String name, Child child) throws LabException, InterruptedException {
        this.name = name;
        this.child = child;
        try {
            child.receive(START);
        } catch (LabException | InterruptedException e) {
            child.close();
            throw e;
        }
        Thread reader = new Thread(this::read, "answers-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try {
            while (true) {
                Message answer = Message.parse(child.receive(FOREVER));
                CompletableFuture<Message> waiting = asked.remove(answer.number("n"));
                if (waiting != null) {
                    waiting.complete(answer);
                }
            }
        } catch (LabException e) {
            end(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(new LabException(name + " is not listened to any more", e));
        }
    }

    private void end(LabException why) {
        over = true;
        for (Long number : List.copyOf(asked.keySet())) {
            CompletableFuture<Message> waiting = asked.remove(number);
            if (waiting != null) {
                waiting.completeExceptionally(why);
            }
        }
    }

    String name() {
        return name;
    }

    long pid() {
        return child.pid();
    }

    boolean isOver() {
        return over;
    }

    CompletableFuture<Message> ask(Message request) {
        long number = numbers.incrementAndGet();
        CompletableFuture<Message> answer = new CompletableFuture<>();
        asked.put(number, answer);
        try {
            synchronized (this) {
                child.send(request.with("n", number).toString());
            }
        } catch (LabException e) {
            asked.remove(number);
            answer.completeExceptionally(e);
        }
        if (over) {
            end(new LabException(name + " is gone"));
        }
        return answer;
    }

    /** Asks and waits for a good answer. */
    Message call(Message request) throws LabException, InterruptedException {
        try {
            Message answer = ask(request).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (answer.verb().equals(Message.ERROR)) {
                throw new LabException(name + ": " + answer.text("text"));
            }
            return answer;
        } catch (ExecutionException e) {
            throw new LabException(name + ": " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new LabException(name + " did not answer \"" + request.verb() + "\" in time", e);
        }
    }

    /** As a power cut. */
    void kill() throws InterruptedException {
        child.kill();
    }

    @Override
    public void close() {
        child.close();
    }
}
