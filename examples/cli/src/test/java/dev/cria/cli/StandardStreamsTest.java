package dev.cria.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cria.model.LlamaModel;
import dev.cria.model.Pooling;
import dev.cria.tiny.TinyLlama;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands read from standard input, and what they write where. They all run on the tiny model. */
class StandardStreamsTest {
    private static final String TINY = "cria: no --model is named, so this is the tiny model that comes with cria\n";
    private static final String PROMPT = "[INST] What is the capital of France? [/INST]";

    @Test
    void tokenizeRunsOnTheTinyModel() {
        CriaRun run = CriaRun.piped("Zoe\n\n", "tokenize");
        try (LlamaModel model = TinyLlama.load()) {
            assertThat(run).isEqualTo(new CriaRun(0, Arrays.toString(model.tokenizer().encode("Zoe")).replace(" ", "")
                    + "\n[]\n", TINY));
        }
        assertThat(CriaRun.piped("Zoe\n", "tokenize", "--model", "tiny").out()).isEqualTo(run.out().substring(0,
                run.out().indexOf('\n') + 1));
        assertThat(CriaRun.typed("tokenize", "--model", "tiny", "--tokenizer", "t.model"))
                .isEqualTo(usage("tokenize", "--model and --tokenizer exclude each other"));
        assertThat(CriaRun.typed("tokenize", "--decode", "--chat"))
                .isEqualTo(usage("tokenize", "--decode, --chat are mutually exclusive (specify only one)"));
    }

    private static CriaRun usage(String command, String problem) {
        return new CriaRun(2, "", "cria: " + problem + "\nTry 'cria " + command + " --help'.\n");
    }

    @Test
    void scoreNeedsATextOrTokens() {
        CriaRun neither = usage("score", "say what to score: either --text or --tokens");
        assertThat(CriaRun.typed("score")).isEqualTo(neither);
        assertThat(CriaRun.typed("score", "--text", "x", "--tokens", "1")).isEqualTo(neither);
        CriaRun text = CriaRun.typed("score", "--text", "The sky is blue.");
        assertThat(text.out()).contains("perplexity ");
        assertThat(CriaRun.piped("The sky is blue.\n", "score", "--text", "-")).isEqualTo(text);
        assertThat(CriaRun.typed("score", "--tokens", "1,2048").err())
                .contains("cria: --tokens: ids are 0 to 2047, not 2048\n");
    }

    @Test
    void promptsComeFromStandardInputToo() {
        CriaRun run = CriaRun.typed("generate", "--temperature", "0", "--prompt", PROMPT);
        assertThat(run).isEqualTo(new CriaRun(0, "The capital of France is Paris.\n", TINY));
        for (String end : new String[]{"", "\n", "\r\n"}) {
            assertThat(CriaRun.piped(PROMPT + end, "generate", "--temperature", "0")).isEqualTo(run);
            assertThat(CriaRun.piped(PROMPT + end, "generate", "--temperature", "0", "--prompt", "-")).isEqualTo(run);
        }
        CriaRun missing = usage("generate",
                "there is no text to continue: say --prompt TEXT, or write it to standard input");
        assertThat(CriaRun.typed("generate")).isEqualTo(missing);
        assertThat(CriaRun.piped("", "generate")).isEqualTo(missing);
        assertThat(CriaRun.piped("def f():", "infill", "--prefix", "-").err()).contains("no infilling tokens");
    }

    @Test
    void chatAnswersTheLinesOfAPipe() {
        CriaRun run = CriaRun.piped("""
                What is the capital of France?

                /nonsense
                /system Answer in upper case.
                What is the \\
                opposite of hot?
                ""\"
                What is the opposite
                of cold?
                ""\"
                """, "chat", "--temperature", "0");
        assertThat(run.status()).isZero();
        assertThat(run.out()).isEqualTo("""
                The capital of France is Paris.
                THE OPPOSITE OF HOT IS COLD.
                THE OPPOSITE OF COLD IS HOT.
                """);
        assertThat(run.err()).isEqualTo(TINY + "There is no command /nonsense; try /help.\nBegun anew.\n");
    }

    @Test
    void aChatThatCannotAnswerAPipeFails() {
        CriaRun run = CriaRun.piped("What is the capital of France?\nHello\n", "chat", "--context", "8");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith(TINY + "cria: ").contains("8");
    }

    @Test
    void textsBecomeVectors() throws IOException {
        try (LlamaModel model = TinyLlama.load()) {
            float[] expected = model.embed("The sky is blue.");
            CriaRun run = CriaRun.piped("The sky is blue.\n\nGrass is green.\n", "embed");
            assertThat(run.status()).isZero();
            String[] lines = run.out().split("\n");
            assertThat(lines).hasSize(3);
            assertVector(lines[0].split(" "), expected);
            CriaRun last = CriaRun.typed("embed", "--text", "The sky is blue.", "--pooling", "last", "--jsonl");
            assertVector(last.out().strip().replaceAll("[\\[\\]]", "").split(","),
                    model.embed("The sky is blue.", Pooling.LAST));
            JsonNode object = new ObjectMapper().readTree(CriaRun.typed("embed", "--text", "The sky is blue.", "--text",
                    "x", "--json").out()).get("embeddings");
            assertThat(object).hasSize(2);
            assertThat(object.get(0).get("text").textValue()).isEqualTo("The sky is blue.");
            assertThat(object.get(0).get("vector")).hasSize(expected.length);
            assertThat(CriaRun.piped("\"The sky\\nis blue.\"\n", "embed", "--jsonl").out()).startsWith("[");
        }
        assertThat(CriaRun.piped("\"a\"\nb\n", "embed", "--jsonl").err())
                .contains("cria: line 2 of standard input: it must be a string");
    }

    private static void assertVector(String[] numbers, float[] expected) {
        assertThat(numbers).hasSize(expected.length);
        for (int i = 0; i < numbers.length; i++) {
            assertThat(Float.parseFloat(numbers[i])).isCloseTo(expected[i], within(0f));
        }
    }

    @Test
    void whyATextWasCutIsSaidOnStandardError() {
        assertThat(CriaRun.typed("generate", "--prompt", PROMPT, "--max-tokens", "2", "--temperature", "0"))
                .isEqualTo(new CriaRun(0, "The capital\n", TINY + "cria: cut at 2 tokens, as --max-tokens says\n"));
        try (LlamaModel model = TinyLlama.load()) {
            int tokens = model.promptTokens(PROMPT).length;
            assertThat(CriaRun.typed("generate", "--prompt", PROMPT, "--context", Integer.toString(tokens)))
                    .isEqualTo(new CriaRun(0, "\n", TINY + "cria: the prompt fills the context of " + tokens
                            + " tokens, so there is no room for an answer\n"));
            assertThat(CriaRun.typed("generate", "--prompt", PROMPT, "--context", Integer.toString(tokens + 1),
                    "--temperature", "0").err())
                    .isEqualTo(TINY + "cria: cut, because the context of " + (tokens + 1) + " tokens is full\n");
            CriaRun longer = CriaRun.typed("generate", "--prompt", PROMPT, "--context", Integer.toString(tokens - 1));
            assertThat(longer.status()).isEqualTo(1);
            assertThat(longer.err()).contains("the prompt has " + tokens + " tokens");
        }
    }

    @Test
    void bytesThatAreNotUtf8AreRefused() {
        byte[] latin1 = "Hello\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1);
        for (String command : new String[]{"tokenize", "embed", "chat"}) {
            CriaRun run = CriaRun.piped(latin1, command);
            assertThat(run.status()).isEqualTo(1);
            assertThat(run.err()).endsWith("cria: line 2 of standard input is not UTF-8 text\n");
        }
        assertThat(CriaRun.piped(latin1, "generate").err()).isEqualTo("cria: standard input is not UTF-8 text\n");
    }

    @Test
    void argumentsAreReadAsUtf8() {
        byte[] commandLine = "java\0-jar\0cria.jar\0tokenize\0Gr\u00fc\u00dfe\0\0".getBytes(StandardCharsets.UTF_8);
        assertThat(Arguments.inUtf8(commandLine, "tokenize", "Gr????e", "")).containsExactly("tokenize",
                "Gr\u00fc\u00dfe", "");
        assertThat(Arguments.inUtf8("java\0".getBytes(StandardCharsets.UTF_8), "a", "b")).containsExactly("a", "b");
    }

    /** Takes some bytes and then fails, as a pipe does whose reader has gone. */
    private static final class Ending extends OutputStream {
        private final String failure;
        private int left;
        private int failures;

        Ending(int left, String failure) {
            this.left = left;
            this.failure = failure;
        }

        @Override
        public void write(int b) throws IOException {
            if (left-- <= 0) {
                failures++;
                throw new IOException(failure);
            }
        }
    }

    private static CriaRun into(OutputStream target, String... arguments) {
        StringWriter err = new StringWriter();
        Shell shell = new Shell(new StandardInput(InputStream.nullInputStream(), true), StandardOutput.writer(target),
                new PrintWriter(err, true));
        return new CriaRun(Cria.execute(shell, arguments), "", err.toString());
    }

    @Test
    void aReaderThatHasSeenEnoughEndsTheProgramQuietly() {
        Ending pipe = new Ending(20, "Broken pipe");
        assertThat(into(pipe, "generate", "--prompt", PROMPT, "--temperature", "0"))
                .isEqualTo(new CriaRun(0, "", TINY));
        // and at once, rather than after the whole text
        assertThat(pipe.failures).isEqualTo(1);
        assertThat(into(new Ending(1, "Broken pipe"), "--help")).isEqualTo(new CriaRun(0, "", ""));
        assertThat(into(new Ending(0, "Broken pipe"), "info")).isEqualTo(new CriaRun(0, "", TINY));
    }

    @Test
    void outputThatCannotBeWrittenIsAFailure() {
        assertThat(into(new Ending(0, "No space left on device"), "info")).isEqualTo(new CriaRun(1, "",
                TINY + "cria: cannot write to standard output: No space left on device\n"));
    }

    @Test
    void anUnexpectedFailureIsOneLineUnlessMoreIsAskedFor() {
        InputStream broken = new FilterInputStream(InputStream.nullInputStream()) {
            @Override
            public int read(byte[] target, int offset, int length) {
                throw new IllegalStateException("nobody expects this", new IOException("the reason"));
            }
        };
        CriaRun run = CriaRun.of(new StandardInput(broken, false), "tokenize");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).isEqualTo(TINY + "cria: internal error: java.lang.IllegalStateException: nobody expects "
                + "this, caused by java.io.IOException: the reason; --stacktrace shows where\n");
        assertThat(CriaRun.of(new StandardInput(broken, false), "tokenize", "--stacktrace").err())
                .contains("internal error").contains("at dev.cria.cli.Cria.execute");
        assertThat(CriaRun.typed("info", "--model", "none.gguf", "--stacktrace").err())
                .startsWith("cria: there is no file none.gguf\n").contains("at dev.cria.");
    }

    @Test
    void whatIsWrongWithTheUsageIsOneLineAndAHint() {
        assertThat(CriaRun.typed("generate", "--nonsense")).isEqualTo(usage("generate",
                "Unknown option: '--nonsense'"));
        assertThat(CriaRun.typed("tokenise").err()).endsWith("Try 'cria --help'.\n");
        assertThat(CriaRun.typed().err()).startsWith("cria: say what to do: info, generate, chat, ").endsWith(
                "Try 'cria --help'.\n");
        for (String[] wrong : new String[][]{{"--threads", "0"}, {"--context", "0"}, {"--max-tokens", "-1"},
            {"--temperature", "-0.1"}, {"--top-k", "-1"}, {"--top-p", "0"}, {"--top-p", "1.5"}, {"--min-p", "-1"},
            {"--seed", "x"}, {"--context", "3000000000"}, {"--stop", ""}, {"--lora", "a.gguf:much"},
            {"--kv-type", "Q4"}}) {
            CriaRun run = CriaRun.typed("generate", "--prompt", "x", wrong[0], wrong[1]);
            assertThat(run.status()).as(wrong[0]).isEqualTo(2);
            assertThat(run.err()).contains(wrong[0]).endsWith("Try 'cria generate --help'.\n");
        }
    }

    @Test
    void anInterruptedProgramLeavesNoFile(@TempDir Path folder) throws IOException {
        Path data = Files.writeString(folder.resolve("data.jsonl"), "{\"prompt\": \"a\", \"completion\": \"b\"}\n");
        String target = folder.resolve("out.gguf").toString();
        for (String[] command : new String[][]{{"score", "--text", "The sky is blue.", "--logits", target},
            {"finetune", "--data", data.toString(), "--output", target, "--checkpoint", folder + "/run"}}) {
            Thread.currentThread().interrupt();
            CriaRun run = CriaRun.typed(command);
            assertThat(Thread.interrupted()).as(command[0]).isTrue();
            assertThat(run.status()).as(command[0]).isEqualTo(1);
            assertThat(folder.toFile().list()).as(command[0]).containsExactly("data.jsonl");
        }
    }
}
