package dev.cria.model;

import static dev.cria.model.SmallModelFile.uint32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Dialog;
import dev.cria.chat.Message;
import dev.cria.chat.Prompt;
import dev.cria.chat.TemplateException;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.model.config.ModelConfig;
import dev.cria.model.config.RopeScaling;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.GenerationResult;
import dev.cria.quant.GgufType;
import dev.cria.quant.GgufWriter;
import dev.cria.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What differs between the models of the family besides their sizes. */
class FamilyTest {
    private static final String[] CODE_LLAMA_PIECES = {"\u2581<PRE>", "\u2581<SUF>", "\u2581<MID>", "\u2581<EOT>"};
    private static final Dialog DIALOG = Dialog.of(Message.user("Hi"));

    @TempDir
    private Path folder;

    private String templateOf(SmallModelFile file) {
        try (ModelFile opened = ModelFile.open(file.write(folder.resolve("model.gguf")))) {
            return opened.chatTemplate().name();
        }
    }

    private static SmallModelFile withTemplate(String jinja) {
        return new SmallModelFile().metadata(writer -> writer.string("tokenizer.chat_template", jinja));
    }

    @ParameterizedTest
    @CsvSource({"'',llama2", "Llama-2-7b-chat-hf,llama2", "CodeLlama 7B Instruct,codellama",
        "codellama_codellama-13b,codellama",
        "vicuna-7b-v1.5,vicuna", "alpaca-13b,alpaca", "TinyLlama-1.1B-Chat-v1.0,tinyllama", "zephyr-7b-beta,zephyr",
        "mistralai_mistral-7b-instruct-v0.2,mistral"})
    void theTemplateFollowsTheNameWhereTheFileHasNoTemplateText(String name, String template) {
        assertThat(templateOf(new SmallModelFile().name(name))).isEqualTo(template);
    }

    @Test
    void theTemplateFollowsTokensAndTheRopeBaseToo() {
        assertThat(templateOf(new SmallModelFile().piece("<|im_start|>", "<|im_end|>"))).isEqualTo("chatml");
        assertThat(templateOf(new SmallModelFile().piece("[INST]", "[/INST]"))).isEqualTo("mistral-v3");
        assertThat(templateOf(new SmallModelFile().metadata(rope(1e6)))).isEqualTo("codellama");
        assertThat(templateOf(new SmallModelFile().metadata(rope(1e4)))).isEqualTo("llama2");
    }

    private static Consumer<GgufWriter> rope(double base) {
        return writer -> writer.number("llama.rope.freq_base", GgufType.FLOAT32, base);
    }

    @Test
    void theTemplateTextOfTheFileGoesBeforeTheName() {
        String plain = "{% for m in messages %}{{ m.role ~ ': ' ~ m.content ~ '\n' }}{% endfor %}";
        assertThat(templateOf(withTemplate(plain).name("Llama 2"))).isEqualTo("jinja");
        assertThat(templateOf(withTemplate("{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content"
                + " + '<|im_end|>\n' }}{% endfor %}{{ '<|im_start|>assistant\n' }}").name("vicuna")))
                .isEqualTo("chatml");
        Path path = withTemplate(plain).write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(path)) {
            assertThat(model.chat().user("Hi").maxTokens(0).result().prompt()).isEqualTo("<s>user: Hi\n");
        }
    }

    @Test
    void aModelWithATemplateTextThatCannotBeReadGeneratesButRefusesDialogsUnlessATemplateIsChosen() {
        Path path = withTemplate("{% if %}").write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(path)) {
            assertThat(model.generate("Hi").maxTokens(3).seed(1).result().tokens()).hasSizeLessThanOrEqualTo(3);
            assertThat(model.chatTemplate().name()).isEqualTo("unreadable");
            Chat chat = model.chat().user("Hi");
            assertThatThrownBy(chat::text).isInstanceOf(CriaException.class)
                    .hasMessageStartingWith("the model's chat template cannot be read: line 1, column ")
                    .hasMessageContaining("choose one by name").hasMessageContaining("vicuna");
        }
        try (LlamaModel model = LlamaModel.builder(path).chatTemplate("vicuna").load()) {
            assertThat(model.chat().user("Hi").maxTokens(1).result().promptTokens().stream().mapToInt(i -> i).toArray())
                    .isEqualTo(ChatTemplate.named("vicuna").render(DIALOG).encode(model.tokenizer()));
        }
        assertThatThrownBy(() -> LlamaModel.builder(path).chatTemplate("no such")).isInstanceOf(
                IllegalArgumentException.class).hasMessageContaining("\"no such\"");
    }

    @Test
    void aModelWithAHostileTemplateGeneratesButRefusesDialogs() {
        Path path = withTemplate("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}")
                .write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(path)) {
            assertThat(model.generate("Hi").maxTokens(3).seed(1).result().tokens()).hasSizeLessThanOrEqualTo(3);
            Chat chat = model.chat().user("Hi");
            assertThatThrownBy(chat::text).isInstanceOf(TemplateException.class).hasMessageContaining("does too much");
        }
    }

    @Test
    void theTokenThatATemplateWritesAfterAnAnswerEndsAnyText() {
        Path path = withTemplate("{% for m in messages %}{{ m.content ~ '<|done|>' }}{% endfor %}").piece("<|done|>")
                .write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(path)) {
            int end = model.tokenizer().idOf("<|done|>").orElseThrow();
            assertThat(model.chatTemplate().stops()).containsExactly("<|done|>");
            assertThat(model.chat().user("Hi").logitBias(end, 1000.0).result().tokens()).isEmpty();
            assertThat(model.generate("Hi").logitBias(end, 1000.0).result().finishReason())
                    .isEqualTo(FinishReason.STOP_TOKEN);
        }
    }

    /** Written by a user of the library. */
    private static final class Plain implements ChatTemplate {
        @Override
        public String name() {
            return "plain";
        }

        @Override
        public Prompt render(Dialog dialog) {
            return Prompt.builder().bos().text("Q: ").content(dialog.turns().getLast()).mark("<|end|>").build();
        }

        @Override
        public List<String> stops() {
            return List.of("<|end|>");
        }
    }

    @Test
    void aTemplateOfTheUsersOwnIsUsedWithItsStops() {
        Path path = new SmallModelFile().piece("<|end|>").write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.builder(path).chatTemplate(new Plain()).load()) {
            int end = model.tokenizer().idOf("<|end|>").orElseThrow();
            GenerationResult result = model.chat().user("Hi").logitBias(end, 1000.0).result();
            assertThat(result.promptTokens()).startsWith(1).endsWith(end);
            assertThat(result.finishReason()).isEqualTo(FinishReason.STOP_TOKEN);
            assertThat(result.text()).isEmpty();
        }
    }

    @Test
    void infillingTakesPrefixSuffixMiddleWithoutASpaceBeforeTheSuffix() {
        Path path = new SmallModelFile().piece(CODE_LLAMA_PIECES).write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(path)) {
            Tokenizer tokenizer = model.tokenizer();
            int[] suffix = tokenizer.encode("b\n");
            int[] expected = IntStream.of(1, tokenizer.idOf("\u2581<PRE>").orElseThrow()).toArray();
            expected = join(expected, tokenizer.encode("def a"));
            expected = join(expected, tokenizer.idOf("\u2581<SUF>").orElseThrow());
            expected = join(expected, IntStream.of(suffix).skip(1).toArray());
            expected = join(expected, tokenizer.idOf("\u2581<MID>").orElseThrow());
            GenerationResult result = model.infill("def a", "b\n").maxTokens(0).result();
            assertThat(result.promptTokens().stream().mapToInt(i -> i).toArray()).isEqualTo(expected);
            assertThat(model.infill("", "").maxTokens(0).result().promptTokens()).hasSize(4);
        }
    }

    private static int[] join(int[] first, int... second) {
        return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
    }

    @Test
    void infillingEndsAtItsOwnTokenAndKeepsTheSpaceBeforeTheFirstWord() {
        Path path = new SmallModelFile().piece(CODE_LLAMA_PIECES).write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(path)) {
            int end = model.tokenizer().idOf("\u2581<EOT>").orElseThrow();
            int space = model.tokenizer().idOf("\u2581").orElseThrow();
            GenerationResult result = model.infill("a", "b").logitBias(end, 1000.0).result();
            assertThat(result.finishReason()).isEqualTo(FinishReason.STOP_TOKEN);
            assertThat(result.tokens()).isEmpty();
            assertThat(model.infill("", "").logitBias(space, 1000.0).maxTokens(2).text()).isEqualTo("  ");
            assertThatThrownBy(() -> model.infill("a", "b").echo(true)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("gap");
        }
    }

    @Test
    void infillingTokensMayBeNamedByTheMetadata() {
        Path path = new SmallModelFile().metadata(writer -> {
            uint32(writer, "tokenizer.ggml.prefix_token_id", 70);
            uint32(writer, "tokenizer.ggml.fim_suf_token_id", 71);
            uint32(writer, "tokenizer.ggml.middle_token_id", 72);
            uint32(writer, "tokenizer.ggml.eot_token_id", 73);
        }).write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(path)) {
            assertThat(model.infill("", "").maxTokens(0).result().promptTokens()).containsExactly(1, 70, 71, 72);
            assertThat(model.infill("", "").logitBias(73, 1000.0).result().tokens()).isEmpty();
        }
    }

    @Test
    void infillingIsRefusedWithoutItsTokensAndWithWrongOnes() {
        Path path = new SmallModelFile().write(folder.resolve("model.gguf"));
        try (LlamaModel model = LlamaModel.load(path)) {
            assertThatThrownBy(() -> model.infill("a", "b")).isInstanceOf(CriaException.class)
                    .hasMessageContaining("no infilling tokens").hasMessageContaining("Code Llama");
        }
        Path wrong = new SmallModelFile().metadata(writer -> uint32(writer, "tokenizer.ggml.prefix_token_id", 99999))
                .write(folder.resolve("wrong.gguf"));
        try (LlamaModel model = LlamaModel.load(wrong)) {
            assertThatThrownBy(() -> model.infill("a", "b")).isInstanceOf(MalformedFileException.class)
                    .hasMessageContaining("tokenizer.ggml.prefix_token_id").hasMessageContaining("99999");
        }
    }

    @Test
    void scalingAndWindowAreReadAndWrongOnesAreNamed() {
        Path path = new SmallModelFile().metadata(writer -> {
            uint32(writer, "llama.attention.sliding_window", 4096);
            writer.string("llama.rope.scaling.type", "yarn").number("llama.rope.scaling.factor", GgufType.FLOAT32, 16);
        }).write(folder.resolve("model.gguf"));
        try (ModelFile file = ModelFile.open(path)) {
            assertThat(file.config().slidingWindow()).hasValue(4096);
            assertThat(file.config().ropeScaling()).isEqualTo(RopeScaling.yarn(16, 256));
        }
        assertRefused(writer -> writer.string("llama.rope.scaling.type", "longrope"), "longrope");
        assertRefused(writer -> writer.number("llama.rope.scaling.factor", GgufType.FLOAT32, -2), "factor");
        assertRefused(writer -> writer.integer("llama.attention.sliding_window", GgufType.INT32, -1), "sliding_window");
        assertRefused(writer -> {
            writer.string("llama.rope.scaling.type", "yarn");
            uint32(writer, "llama.rope.scaling.original_context_length", 0);
        }, "original_context_length");
        Path divisors = new SmallModelFile().vector("rope_freqs.weight", 1, 2, 3)
                .write(folder.resolve("divisors.gguf"));
        assertThatThrownBy(() -> ModelFile.open(divisors)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("divisors");
    }

    @Test
    void whatBelongsToOtherModelsIsRefusedByName() {
        assertRefused(writer -> uint32(writer, "llama.expert_count", 8),
                "llama.expert_count is 8, but mixtures of experts are not supported");
        assertRefused(writer -> writer.number("llama.rope.freq_base", GgufType.FLOAT32, -1),
                "llama.rope.freq_base, the RoPE base, must be above 0, but is -1.0");
        Path path = folder.resolve("other.gguf");
        new SmallModelFile().vector("blk.0.attn_q.bias", new float[SmallModelFile.DIM]).write(path);
        assertThatThrownBy(() -> ModelFile.open(path)).isInstanceOf(MalformedFileException.class)
                .hasMessage(path + ": tensor blk.0.attn_q.bias is a bias, which is not supported");
        new SmallModelFile().vector("blk.2.attn_norm.weight", new float[SmallModelFile.DIM]).write(path);
        assertThatThrownBy(() -> ModelFile.open(path)).isInstanceOf(MalformedFileException.class).hasMessage(
                path + ": tensor blk.2.attn_norm.weight is none of those of a Llama model with 2 layers");
        new SmallModelFile().vector("rope_freqs.weight", 1, 2, 0, 4).write(path);
        assertThatThrownBy(() -> ModelFile.open(path)).isInstanceOf(MalformedFileException.class).hasMessage(path
                + ": tensor rope_freqs.weight must hold divisors of frequencies, which are above 0, but holds 0.0");
    }

    /** What old converters wrote; nobody needs it. */
    @Test
    void frequenciesOfEachLayerAreLeftAside() {
        Path path = new SmallModelFile().vector("blk.0.attn_rot_embd.weight", new float[SmallModelFile.DIM])
                .write(folder.resolve("old.gguf"));
        try (ModelFile file = ModelFile.open(path)) {
            assertThat(file.config().layers()).isEqualTo(2);
        }
    }

    private void assertRefused(Consumer<GgufWriter> metadata, String named) {
        Path path = new SmallModelFile().metadata(metadata).write(folder.resolve("refused.gguf"));
        assertThatThrownBy(() -> ModelFile.open(path)).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("refused.gguf").hasMessageContaining(named);
    }

    /** Sizes of LLaMA 1 33B and 65B, Code Llama 34B, Llama 2 70B, TinyLlama 1.1B and Mistral 7B. */
    @ParameterizedTest
    @CsvSource({"6656,60,52,52,17920,32000,1e-6,10000", "8192,80,64,64,22016,32000,1e-6,10000",
        "8192,48,64,8,22016,32000,1e-5,1000000", "8192,80,64,8,28672,32000,1e-5,10000",
        "2048,22,32,4,5632,32000,1e-5,10000", "4096,32,32,8,14336,32768,1e-5,1000000"})
    void theSizesOfTheFamilyFitTogether(int dim, int layers, int heads, int kvHeads, int ffn, int vocabulary,
            float epsilon, float base) {
        ModelConfig config = new ModelConfig("", dim, layers, heads, kvHeads, dim / heads, ffn, vocabulary, 2048,
                epsilon,
                base, 1);
        assertThat(config.queryLength()).isEqualTo(dim);
        assertThat(config.kvLength()).isEqualTo(dim / heads * kvHeads);
        assertThat(config.ropeScaling()).isEqualTo(RopeScaling.none());
    }
}
