package io.diskless.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README is tested: its programs compile, its two commands stand where they should and call what exists. */
class ReadmeTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern FENCE = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
    private static final Pattern CLASS = Pattern.compile("(?m)^(?:public )?(?:final )?class (\\w+)");

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    @Test
    void everyProgramCompiles(@TempDir Path dir) throws IOException {
        List<Path> files = new ArrayList<>();
        Matcher fence = FENCE.matcher(readme());
        while (fence.find()) {
            if (fence.group(1).equals("java")) {
                String source = fence.group(2);
                Matcher name = CLASS.matcher(source);
                assertThat(name.find())
                        .as("a program of the README is a class:\n%s", source)
                        .isTrue();
                files.add(Files.writeString(dir.resolve(name.group(1) + ".java"), source));
            }
        }
        assertThat(files).as("programs in the README").isNotEmpty();

        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager manager = javac.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            Iterable<? extends JavaFileObject> units = manager.getJavaFileObjectsFromPaths(files);
            List<String> options = List.of(
                    "-d",
                    dir.toString(),
                    "-proc:none",
                    "-Xlint:all,-options",
                    "-Werror",
                    "-cp",
                    System.getProperty("java.class.path"));
            boolean good =
                    javac.getTask(messages, manager, null, options, null, units).call();
            assertThat(good).as("%s", messages).isTrue();
        }
    }

    @Test
    void theTwoCommandsAreTheFirstFencesUnderTheirHeadings() throws IOException {
        assertThat(firstFence("## Run it")).isEqualTo(".ci/lab");
        assertThat(firstFence("## Test it")).isEqualTo(".ci/test");
        assertThat(ROOT.resolve(".ci/lab")).isExecutable();
        assertThat(ROOT.resolve(".ci/test")).isExecutable();
        assertThat(Files.readString(ROOT.resolve(".ci/run"))).contains(".ci/test");
    }

    private static String firstFence(String heading) throws IOException {
        String text = readme();
        int at = text.indexOf(heading + "\n");
        assertThat(at).as("heading %s", heading).isNotNegative();
        Matcher fence = FENCE.matcher(text);
        assertThat(fence.find(at)).isTrue();
        return fence.group(2).strip();
    }
}
