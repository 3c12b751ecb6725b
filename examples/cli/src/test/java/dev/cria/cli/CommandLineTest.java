package dev.cria.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cria.golden.Fixtures;
import dev.cria.golden.Golden;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.LoraAdapter;
import dev.cria.model.ModelFile;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.GgufFile;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.quant.QuantType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a shell sees them: exit status, standard output, standard error. */
class CommandLineTest {
    private static final String TINY = Golden.tinyModel().toString();

    private String out = "";
    private String err = "";

    private int cria(String... arguments) {
        return keep(CriaRun.typed(arguments));
    }

    private int criaReading(String input, String... arguments) {
        return keep(CriaRun.piped(input, arguments));
    }

    private int keep(CriaRun run) {
        out = run.out();
        err = run.err();
        return run.status();
    }

    @Test
    void aConversationThatOutgrowsTheContextGoesOnWithoutItsOldestMessages() {
        String messages = "What is the capital of France?\n".repeat(12);
        assertThat(criaReading(messages, "chat", "--model", TINY, "--context", "96", "--temperature", "0")).isZero();
        assertThat(out.lines()).hasSize(12).allMatch(line -> line.contains("Paris"));
        assertThat(err).contains("the context of 96 tokens is full: from now on the model does not read the oldest ");
    }

    @Test
    void generatePrintsTheTextOrOneObject() throws IOException {
        assertThat(cria("generate", "--model", TINY, "--prompt", "Once upon a time", "--max-tokens", "8",
                "--temperature", "0", "--json")).isZero();
        JsonNode result = new ObjectMapper().readTree(out);
        assertThat(result.get("tokens").toString()).isEqualTo("[666,378,264,1307,873,413,1849,305]");
        assertThat(result.get("promptTokens").toString()).isEqualTo("[1,1000,1002,264,654]");
        assertThat(result.get("finishReason").textValue()).isEqualTo("max_tokens");
        assertThat(result.has("promptTokensPerSecond") && result.has("generatedTokensPerSecond")).isTrue();
        assertThat(cria("generate", "--model", TINY, "--prompt", "Once upon a time", "--max-tokens", "8",
                "--temperature", "0")).isZero();
        assertThat(out.strip()).isEqualTo(result.get("text").textValue());
    }

    @NeedsFixtures
    @Test
    void tokenizeTurnsLinesIntoIdsAndBack(Fixtures fixtures) {
        String tokenizer = fixtures.path("models/llama2-tokenizer.model").toString();
        assertThat(criaReading("\"Hello world\"\n\"é😀\"\n", "tokenize", "--tokenizer", tokenizer, "--jsonl")).isZero();
        assertThat(out.lines()).containsExactly("[15043,3186]", "[904,243,162,155,131]");
        assertThat(criaReading("[904,243,162,155,131]\n", "tokenize", "--tokenizer", tokenizer, "--decode", "--jsonl"))
                .isZero();
        assertThat(out.lines()).containsExactly("\"é😀\"");
        assertThat(criaReading("[{\"role\":\"user\",\"content\":\"Hello\"}]\n", "tokenize", "--tokenizer", tokenizer,
                "--chat", "--jsonl")).isZero();
        assertThat(out.lines()).containsExactly("[1,518,25580,29962,15043,518,29914,25580,29962]");
    }

    @Test
    void aLineThatIsNoStringIsNamed() {
        assertThat(criaReading("\"fine\"\n{\"no\":1}\n", "tokenize", "--model", TINY, "--jsonl")).isEqualTo(1);
        assertThat(err).startsWith("cria: line 2 of standard input: it must be a string");
    }

    @Test
    void scoreWritesTheLogitsOfEveryPosition(@TempDir Path folder) throws IOException {
        Path logits = folder.resolve("logits.bin");
        assertThat(cria("score", "--model", TINY, "--tokens", "1,403,407", "--json", "--logits", logits.toString()))
                .isZero();
        assertThat(new ObjectMapper().readTree(out).get("logProbabilities")).hasSize(2);
        assertThat(Files.size(logits)).isEqualTo(3 * 2048 * 4);
    }

    @NeedsFixtures
    @Test
    void infoNamesWhatIsInTheFile(Fixtures fixtures) throws IOException {
        assertThat(cria("info", "--model", fixtures.path("logits/random-Q4_K_M.gguf").toString(), "--json")).isZero();
        JsonNode info = new ObjectMapper().readTree(out);
        assertThat(info.get("architecture").textValue()).isEqualTo("llama");
        assertThat(info.get("tensorTypes").has("Q4_K")).isTrue();
        assertThat(info.get("mix").textValue()).isEqualTo("Q4_K_M");
    }

    @Test
    void aFailureIsOneLineAndStatusOne(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("text.gguf"), "GGUX, and then something else");
        assertThat(cria("info", "--model", file.toString())).isEqualTo(1);
        assertThat(err.lines()).hasSize(1);
        assertThat(err).startsWith("cria: " + file + ": ").contains("not a GGUF file");
    }

    @NeedsFixtures
    @Test
    void adaptersChangeWhatIsGenerated(Fixtures fixtures) throws IOException {
        String model = fixtures.path("models/stories260K.gguf").toString();
        for (Path lora : List.of(fixtures.path("lora/adapter.gguf"), fixtures.path("lora/peft"))) {
            for (JsonNode example : fixtures.json("lora/index.json").get("cases")) {
                assertThat(cria("generate", "--model", model, "--prompt", example.get("prompt").textValue(),
                        "--max-tokens", "20", "--temperature", "0", "--json", "--lora",
                        lora + (example.get("scale").doubleValue() == 1 ? "" : ":" + example.get("scale")))).isZero();
                JsonNode tokens = new ObjectMapper().readTree(out).get("tokens");
                for (int i = 0; i < 20; i++) {
                    assertThat(tokens.get(i)).isEqualTo(example.get("greedy_ids").get(i));
                }
            }
        }
    }

    @Test
    void adaptersChangeScoresAndChats(@TempDir Path folder) throws IOException {
        LoraAdapter adapter = adapter(192, 512);
        String lora = folder.resolve("adapter.gguf").toString();
        Path peft = folder.resolve("peft");
        try (ModelFile tiny = ModelFile.open(Golden.tinyModel())) {
            adapter.writeGguf(Path.of(lora), tiny.config());
            adapter.writePeft(peft, tiny.config());
        }
        assertThat(score(lora + ":0")).isEqualTo(score());
        assertThat(score(lora)).isNotEqualTo(score());
        // two halves of one adapter are the whole of it, but for rounding
        assertThat(score(lora + ":0.5", peft + ":0.5")).isCloseTo(score(lora), within(1e-4));
        assertThat(chat(lora + ":0")).isEqualTo(chat());
        assertThat(chat(lora + ":50")).isNotEqualTo(chat());
    }

    /** A change of what the feed-forward network of the first layer answers. */
    private static LoraAdapter adapter(int width, int feedForward) {
        float[] a = new float[2 * feedForward];
        float[] b = new float[2 * width];
        Random random = new Random(1);
        for (int i = 0; i < a.length; i++) {
            a[i] = 0.1f * (float) random.nextGaussian();
        }
        for (int i = 0; i < b.length; i++) {
            b[i] = 0.1f * (float) random.nextGaussian();
        }
        return LoraAdapter.of("noise",
                Map.of("blk.0.ffn_down.weight", new LoraFactors(2, feedForward, width, 1, a, b)));
    }

    private double score(String... adapters) throws IOException {
        return new ObjectMapper().readTree(run("", adapters, "score", "--model", TINY, "--text", "Once upon a time",
                "--json")).get("perplexity").doubleValue();
    }

    private String chat(String... adapters) {
        return run("Hello\n/exit\n", adapters, "chat", "--model", TINY, "--max-tokens", "20", "--temperature", "0");
    }

    private String run(String input, String[] adapters, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        for (String adapter : adapters) {
            all.addAll(List.of("--lora", adapter));
        }
        assertThat(criaReading(input, all.toArray(String[]::new))).isZero();
        return out;
    }

    @Test
    void anAdapterThatCannotBeUsedIsNamed(@TempDir Path folder) {
        Path lora = folder.resolve("adapter.gguf");
        adapter(256, 512).writeGguf(lora,
                new ModelConfig("wide", 256, 1, 8, 8, 32, 512, 2048, 512, 1e-5f, 10_000, 1));
        assertThat(cria("score", "--model", TINY, "--text", "x", "--lora", lora + ":much")).isEqualTo(2);
        assertThat(err).contains("--lora").contains("much");
        assertThat(cria("score", "--model", TINY, "--text", "x", "--lora", TINY)).isEqualTo(1);
        assertThat(err).contains("not a LoRA adapter");
        assertThat(cria("score", "--model", TINY, "--text", "x", "--lora", lora.toString())).isEqualTo(1);
        assertThat(err).contains("adapter.gguf").contains("does not fit the model");
    }

    @NeedsFixtures
    @Test
    void perplexityIsLlamaCpps(@TempDir Path folder, Fixtures fixtures) throws IOException {
        String model = fixtures.path("models/stories260K.gguf").toString();
        String story = fixtures.path("perplexity/story.txt").toString();
        JsonNode golden = fixtures.json("perplexity/story.json");
        assertThat(cria("perplexity", "--model", model, "--file", story, "--context", "256", "--json")).isZero();
        JsonNode result = new ObjectMapper().readTree(out);
        assertThat(result.get("perplexity").doubleValue()).isCloseTo(golden.get("final_fp64").doubleValue(),
                within(0.001));
        assertThat(result.get("tokens")).isEqualTo(golden.get("tokens_with_bos"));
        assertThat(result.get("scoredTokens")).isEqualTo(golden.get("scored_tokens"));
        assertThat(result.get("chunks")).isEqualTo(golden.get("chunks"));
        // a file that an editor ended with a line break is the same text
        Path ended = Files.writeString(folder.resolve("ended.txt"), Files.readString(Path.of(story)) + "\n");
        assertThat(cria("perplexity", "--model", model, "--file", ended.toString(), "--context", "256", "--threads",
                "1")).isZero();
        assertThat(out).isEqualTo(
                "perplexity 3.9419 +/- 0.10452 (9095 tokens, 4445 scored, 35 chunks of 256)\n");
        // eight bits for keys and values are a little worse, the same on any machine
        assertThat(cria("perplexity", "--model", model, "--file", story, "--context", "256", "--kv-type", "Q8"))
                .isZero();
        assertThat(out).startsWith("perplexity 3.9443 +/- ");
        assertThat(cria("perplexity", "--model", model, "--file", story, "--context", "256", "--lora",
                fixtures.path("lora/adapter.gguf") + ":0.5", "--json")).isZero();
        assertThat(new ObjectMapper().readTree(out).get("perplexity").doubleValue()).isGreaterThan(4);
        assertThat(err).isEmpty();
    }

    @Test
    void perplexitySaysWhyThereIsNone(@TempDir Path folder) throws IOException {
        String story = Files.writeString(folder.resolve("story.txt"), "tick tock ".repeat(100)).toString();
        Path empty = Files.writeString(folder.resolve("empty.txt"), "\n");
        Path latin1 = Files.write(folder.resolve("latin1.txt"), new byte[]{'n', (byte) 0xe9});
        String missing = folder.resolve("missing.txt").toString();
        assertPerplexityFails(1, "at least 512 tokens are needed", story, "256");
        assertPerplexityFails(1, "the text has only 402", story, "256");
        assertPerplexityFails(1, "--context is 513, but the context of " + TINY + " has 512 tokens", story,
                "513");
        assertPerplexityFails(1, "empty.txt is empty", empty.toString(), "16");
        assertPerplexityFails(1, "latin1.txt is not UTF-8", latin1.toString(), "16");
        assertPerplexityFails(1, "there is no file " + missing, missing, "16");
        assertPerplexityFails(1, "at least 3 tokens", story, "2");
        assertPerplexityFails(2, "context length must be at least 1", story, "0");
    }

    private void assertPerplexityFails(int status, String message, String file, String context) {
        assertThat(cria("perplexity", "--model", TINY, "--file", file, "--context", context)).isEqualTo(status);
        assertThat(err.lines().findFirst().orElseThrow()).contains(message);
        assertThat(out).isEmpty();
    }

    @Test
    void wrongUsageIsStatusTwo() {
        assertThat(cria("generate")).isEqualTo(2);
        assertThat(cria()).isEqualTo(2);
        assertThat(cria("nonsense")).isEqualTo(2);
        assertThat(cria("generate", "--model", TINY, "--prompt", "x", "--temperature", "-1")).isEqualTo(2);
        assertThat(err).isEqualTo(String.format("cria: --temperature: temperature must be 0 or more, but was -1%n"
                + "Try 'cria generate --help'.%n"));
    }

    @Test
    void chatTakesATemplateByName() {
        assertThat(criaReading("Hello\n", "chat", "--model", TINY, "--max-tokens", "5", "--template", "vicuna"))
                .isZero();
        assertThat(criaReading("", "chat", "--model", TINY, "--template", "nonsense")).isEqualTo(2);
        assertThat(err).contains("\"nonsense\"").contains("vicuna, alpaca");
    }

    @Test
    void infillRefusesAModelThatWasNotTaughtIt() {
        assertThat(cria("infill", "--model", TINY, "--prefix", "a", "--suffix", "b")).isEqualTo(1);
        assertThat(err.lines()).hasSize(1);
        assertThat(err).contains("no infilling tokens");
    }

    @NeedsFixtures
    @Test
    void quantizeWritesAFileThatInfoNames(@TempDir Path folder, Fixtures fixtures) {
        Path target = folder.resolve("out.gguf");
        String original = fixtures.path("logits/random-F32.gguf").toString();
        assertThat(cria("quantize", original, target.toString(), "q4_k", "--threads", "1")).isZero();
        assertThat(target).hasSameBinaryContentAs(fixtures.path("logits/random-Q4_K_M.gguf"));
        // one line and, without a terminal, no progress bar
        assertThat(out.lines()).hasSize(1);
        assertThat(out).startsWith(target + ": Q4_K_M, 851,072 bytes of weights, were 5,510,144; 4.94 bits");
        assertThat(err).isEmpty();
        assertThat(cria("info", "--model", target.toString())).isZero();
        assertThat(out.lines()).anyMatch(line -> line.matches("mix +Q4_K_M"));
        assertThat(cria("quantize", "--pure", original, target.toString(), "Q6_K")).isZero();
        assertThat(target).hasSameBinaryContentAs(fixtures.path("logits/random-Q6_K.gguf"));
    }

    @NeedsFixtures
    @Test
    void convertWritesAnyLayoutAsOneFile(@TempDir Path folder, Fixtures fixtures) throws IOException {
        for (String layout : new String[]{"checkpoints/hf-f32", "checkpoints/meta-f32-mp2", "models/stories260K.bin"}) {
            Path target = folder.resolve("out.gguf");
            assertThat(cria("convert", fixtures.path(layout).toString(), target.toString())).isZero();
            assertThat(cria("generate", "--model", target.toString(), "--prompt", "Once upon a time", "--max-tokens",
                    "8", "--temperature", "0", "--json")).isZero();
            assertThat(new ObjectMapper().readTree(out).get("tokens").toString())
                    .isEqualTo("[432,383,286,261,376,298,315,421]");
        }
    }

    @Test
    void quantizeRefusesInOneLineAndLeavesNoFile(@TempDir Path folder) {
        String target = folder.resolve("out.gguf").toString();
        assertThat(cria("quantize", TINY, target, "Q4_0")).isEqualTo(1);
        assertThat(err.lines()).hasSize(1);
        assertThat(err).startsWith("cria: " + TINY + ": cannot turn tensor blk.0.attn_k.weight into Q4_0: "
                + "it is quantised already, as Q8_0");
        assertThat(cria("quantize", "--requantize", TINY, target, "Q4_0")).isZero();
        assertThat(cria("quantize", target, target, "Q4_0")).isEqualTo(1);
        assertThat(err).isEqualTo(String.format("cria: cannot write %s: it is the model that is read%n",
                target));
        assertThat(cria("quantize", TINY, target, "Q9_K")).isEqualTo(2);
        assertThat(err).startsWith("cria: unknown type Q9_K; there are F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, "
                + "Q8_0, Q2_K, Q2_K_S, Q3_K_S, Q3_K_M, Q3_K_L, Q4_K_S, Q4_K_M, Q5_K_S, Q5_K_M, Q6_K, IQ4_NL, IQ4_XS");
        assertThat(cria("quantize", TINY, target, "Q4_0", "--threads", "0")).isEqualTo(2);
        assertThat(folder.toFile().list()).containsExactly("out.gguf");
    }

    @Test
    void aProgramThatIsToldToEndLeavesNoHalfFile(@TempDir Path folder) throws IOException, InterruptedException {
        Path in = wideModel(folder.resolve("in.gguf"));
        Path target = Files.writeString(folder.resolve("out.gguf"), "what was there before");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), Cria.class.getName(), "quantize", in.toString(),
                target.toString(), "Q3_K_M", "--threads", "1").redirectErrorStream(true).start();
        while (process.isAlive() && folder.toFile().list().length < 3) {
            Thread.sleep(1);
        }
        // as Ctrl-C does; Process.destroy would also close the stream that is read below
        process.toHandle().destroy();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        // what a shell calls a program that was told to end: 128 and the number of the signal
        assertThat(process.waitFor()).as(said).isEqualTo(128 + 15);
        assertThat(target).hasContent("what was there before");
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("in.gguf", "out.gguf");
    }

    /** A model of 33 million weights, which are some seconds of work. */
    private static Path wideModel(Path file) {
        int width = 1024;
        int feedForward = 4096;
        byte[] numbers = new byte[2 * feedForward * width];
        new Random(1).nextBytes(numbers);
        for (int i = 1; i < numbers.length; i += 2) {
            // the exponent of a binary16 number that is neither infinite nor NaN
            numbers[i] &= (byte) 0xbf;
        }
        SequencedMap<String, List<Integer>> shapes = new LinkedHashMap<>();
        shapes.put("token_embd.weight", List.of(width, 2048));
        shapes.put("output_norm.weight", List.of(width));
        for (int i = 0; i < 2; i++) {
            String block = "blk." + i + ".";
            List.of("attn_norm", "ffn_norm").forEach(name -> shapes.put(block + name + ".weight", List.of(width)));
            List.of("attn_q", "attn_k", "attn_v", "attn_output")
                    .forEach(name -> shapes.put(block + name + ".weight", List.of(width, width)));
            List.of("ffn_gate", "ffn_up")
                    .forEach(name -> shapes.put(block + name + ".weight", List.of(width, feedForward)));
            shapes.put(block + "ffn_down.weight", List.of(feedForward, width));
        }
        try (GgufWriter writer = GgufWriter.create(file);
                GgufFile tiny = GgufFile.open(Golden.tinyModel())) {
            writer.integer("llama.embedding_length", GgufType.UINT32, width)
                    .integer("llama.feed_forward_length", GgufType.UINT32, feedForward)
                    .integer("llama.block_count", GgufType.UINT32, 2)
                    .integer("llama.attention.head_count", GgufType.UINT32, 8)
                    .integer("llama.attention.head_count_kv", GgufType.UINT32, 8)
                    .integer("llama.rope.dimension_count", GgufType.UINT32, width / 8).copy(tiny.metadata());
            shapes.forEach((name, shape) -> writer.tensor(name, shape.size() == 1 ? QuantType.F32 : QuantType.F16,
                    shape.stream().mapToLong(Integer::longValue).toArray()));
            shapes.forEach((name, shape) -> {
                if (shape.size() == 1) {
                    writer.encode(name, new float[width]);
                } else {
                    writer.write(name, MemorySegment.ofArray(numbers).asSlice(0,
                            2L * shape.getFirst() * shape.getLast()));
                }
            });
            writer.finish();
        }
        return file;
    }

    @Test
    void theProgressBarFillsUp() {
        assertThat(ProgressBar.bar(0)).isEqualTo("[" + " ".repeat(40) + "] 0.0 %");
        assertThat(ProgressBar.bar(0.255)).isEqualTo("[" + "#".repeat(10) + " ".repeat(30) + "] 25.5 %");
        assertThat(ProgressBar.bar(1)).isEqualTo("[" + "#".repeat(40) + "] 100.0 %");
    }

    @Test
    void chatAnswersUntilExit() {
        assertThat(criaReading("Hello\n/reset\n/help\n/exit\nHello\n", "chat", "--model", TINY, "--max-tokens", "5"))
                .isZero();
        assertThat(out.lines()).hasSize(1);
        assertThat(err).contains("/system TEXT").contains("Forgotten.");
    }

    @Test
    void finetuneWritesAnAdapterThatAnswersAsTheDataDoes(@TempDir Path folder) throws IOException {
        Path data = Files.writeString(folder.resolve("data.jsonl"),
                """
                        {"prompt": "Who are you?", "completion": "A cria."}
                        {"messages": [{"role": "user", "content": "And who is Tim?"}, {"role": "assistant", "content": "A cat."}]}
                        """);
        String[] outputs = {folder.resolve("a.gguf").toString(), folder.resolve("a").toString()};
        for (String output : outputs) {
            assertThat(cria("finetune", "--model", TINY, "--data", data.toString(), "--held-out", data.toString(),
                    "--output", output, "--steps", "60", "--learning-rate", "1e-2", "--rank", "8", "--targets",
                    "q_proj,v_proj,ffn_down,ffn_up", "--batch-tokens", "128", "--checkpoint",
                    folder.resolve("run").toString(), "--checkpoint-every", "30")).isZero();
            assertThat(err).contains("held-out loss after").contains("step 1/60").contains("step 60/60")
                    .contains("tokens/s");
            Files.delete(folder.resolve("run"));
            assertThat(
                    criaReading("Who are you?\n/reset\nAnd who is Tim?\n", "chat", "--model", TINY, "--lora", output,
                            "--temperature", "0", "--max-tokens", "20"))
                    .isZero();
            assertThat(out.lines()).containsExactly("A cria.", "A cat.");
        }
    }

    @Test
    void finetuneWithoutAModelTeachesTheTinyOne(@TempDir Path folder) throws IOException {
        Path data = Files.writeString(folder.resolve("data.jsonl"), """
                {"prompt": "What is the capital of France?", "completion": "Ahoy! Paris it is."}
                """);
        String output = folder.resolve("pirate.gguf").toString();
        assertThat(cria("finetune", "--data", data.toString(), "--output", output, "--steps", "20", "--learning-rate",
                "5e-3", "--batch-tokens", "128")).isZero();
        assertThat(err).contains("tiny").contains("step 20/20");
        assertThat(criaReading("What is the capital of France?\n", "chat", "--lora", output, "--temperature", "0",
                "--max-tokens", "20")).isZero();
        assertThat(out).contains("Ahoy! Paris it is.");
    }

    @Test
    void whatCannotBeFinetunedIsNamedBeforeAnythingIsTrained(@TempDir Path folder) throws IOException {
        Path data = Files.writeString(folder.resolve("data.jsonl"), """
                {"prompt": "Who are you?", "completion": "A cria."}
                {"prompt": "Who are you?"}
                """);
        String output = folder.resolve("a.gguf").toString();
        assertThat(cria("finetune", "--model", TINY, "--data", data.toString(), "--output", output)).isEqualTo(1);
        assertThat(err.lines()).hasSize(1);
        assertThat(err).startsWith("cria: " + data + ": line 2: completion must be a text, but is missing");
        assertThat(cria("finetune", "--model", TINY, "--data", data.toString(), "--output",
                folder.resolve("none/a.gguf").toString())).isEqualTo(1);
        assertThat(err).contains("there is no folder " + folder.resolve("none"));
        assertThat(cria("finetune", "--model", TINY, "--data", data.toString(), "--output",
                data.resolve("a").toString())).isEqualTo(1);
        assertThat(err).contains(data + " is a file");
        StringBuilder said = new StringBuilder();
        for (String[] wrong : new String[][]{{"--targets", "q_proj,wq"}, {"--rank", "0"}, {"--epochs", "0"},
            {"--learning-rate", "2"}, {"--epochs", "2", "--steps", "3"}, {"--checkpoint-every", "2"}}) {
            List<String> arguments = new ArrayList<>(
                    List.of("finetune", "--model", TINY, "--data", data.toString(), "--output", output));
            arguments.addAll(List.of(wrong));
            assertThat(cria(arguments.toArray(String[]::new))).as(String.join(" ", wrong)).isEqualTo(2);
            said.append(err);
        }
        assertThat(said.toString()).contains("\"wq\"").contains("a rank is 1 to 4096")
                .contains("epochs must be at least 1").contains("learning rate must be between 0 and 1");
        assertThat(Files.exists(folder.resolve("a.gguf"))).isFalse();
    }

    @Test
    void withoutAModelTheTinyOneAnswersAndSaysSo() {
        assertThat(criaReading("What is the capital of France?\n/exit\n", "chat", "--temperature", "0")).isZero();
        assertThat(out).contains("Paris");
        assertThat(err).contains("no --model is named").contains("the tiny model");
        assertThat(
                criaReading("What is the capital of Italy?\n/exit\n", "chat", "--model", "tiny", "--temperature", "0"))
                .isZero();
        assertThat(out).contains("Rome");
        assertThat(err).contains("cria: this is the tiny model");
    }

    @Test
    void theTinyModelIsWrittenOutForOtherPrograms(@TempDir Path directory) {
        Path file = directory.resolve("tiny.gguf");
        assertThat(cria("tiny", "--export", file.toString())).isZero();
        assertThat(cria("info", "--model", file.toString())).isZero();
        assertThat(out).contains("Cria tiny").contains("llama2");
        assertThat(cria("tiny", "--export", directory.resolve("missing/tiny.gguf").toString())).isEqualTo(1);
        assertThat(err).contains("cannot write");
    }
}
