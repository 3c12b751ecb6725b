package dev.cria.examples.guides;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The Java of README.md and docs/ compiles as it is shown, with nothing before it but the imports and variables that
 * the page says. A block is a module, or classes and methods, or statements.
 */
class GuidesTest {
    private static final Path PROJECT = Path.of(System.getProperty("cria.project"));
    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();
    private static final String LIBRARIES = System.getProperty("java.class.path");

    static Stream<JavaBlock> blocks() throws IOException {
        try (Stream<Path> docs = Files.list(PROJECT.resolve("docs"))) {
            return Stream.concat(Stream.of(PROJECT.resolve("README.md")), docs.sorted().toList().stream())
                    .filter(page -> page.toString().endsWith(".md")).flatMap(page -> JavaBlock.of(page).stream());
        }
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void compiles(JavaBlock block, @TempDir Path classes) {
        if (block.isModule()) {
            assertThat(errors("module-info.java", block.text(), "--module-path", classes)).isEmpty();
            return;
        }
        String errors = errors(block.asMembers(), classes);
        if (!errors.isEmpty()) {
            assertThat(errors(block.asStatements(), classes))
                    .as("errors as statements; as classes and methods they are%n%s", errors).isEmpty();
        }
    }

    @Test
    void findsTheBlocksOfEveryGuideThatHasAny() throws IOException {
        assertThat(blocks().map(block -> block.page().getFileName().toString())).contains("README.md",
                "chat-templates.md", "formats.md", "lora.md", "testing-prompts.md", "training.md");
    }

    @Test
    void noticesWhatDoesNotCompile(@TempDir Path classes) {
        assertThat(errors("void main() { LlamaModel model = null; }", classes)).contains("cannot find symbol",
                "LlamaModel");
    }

    private static String errors(String source, Path classes) {
        return errors("Block.java", source, "--class-path", classes);
    }

    private static String errors(String name, String source, String libraries, Path classes) {
        StringWriter errors = new StringWriter();
        boolean compiles = COMPILER.getTask(errors, null, null,
                List.of("-proc:none", libraries, LIBRARIES, "-d", classes.toString()), null,
                List.of(new SimpleJavaFileObject(URI.create("string:///" + name), JavaFileObject.Kind.SOURCE) {
                    @Override
                    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                    }
                })).call();
        return compiles ? "" : errors.toString();
    }
}
