package io.diskless.benchmarks.lab.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.benchmarks.lab.site.Agent;
import io.diskless.benchmarks.lab.site.Message;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One line in, one line out, whatever the line. */
class AgentMainTest {
    private final List<String> heard = new ArrayList<>();
    private boolean closed;

    private final Agent agent = new Agent() {
        @Override
        public Message handle(Message request) throws IOException {
            heard.add(request.verb());
            return switch (request.verb()) {
                case "good" -> Message.ok().with("text", request.text("text"));
                case "bad" -> throw new IOException("two\nlines");
                default -> throw new IllegalStateException();
            };
        }

        @Override
        public void kill() {}

        @Override
        public void close() {
            closed = true;
        }
    };

    @Test
    void everyRequestGetsOneAnswerAndTheEndOfTheInputEndsTheAgent() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream oldErr = System.err;
        System.setErr(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
        try {
            AgentMain.serve(
                    agent,
                    new BufferedReader(new StringReader("good text=a+%3D+b\nbad\nno field\n\nugly\n")),
                    new PrintStream(out, true, StandardCharsets.UTF_8));
        } finally {
            System.setErr(oldErr);
        }
        List<Message> answers =
                out.toString(StandardCharsets.UTF_8).lines().map(Message::parse).toList();
        assertThat(answers).hasSize(6);
        assertThat(answers.get(0)).isEqualTo(Message.ok());
        assertThat(answers.get(1).text("text")).isEqualTo("a = b");
        assertThat(answers.get(2)).isEqualTo(Message.error("two\nlines"));
        assertThat(answers.get(3).text("text")).contains("name=value");
        assertThat(answers.get(4).text("text")).contains("verb");
        assertThat(answers.get(5).text("text")).contains("IllegalStateException");
        assertThat(heard).containsExactly("good", "bad", "ugly");
        assertThat(closed).isTrue();
    }
}
