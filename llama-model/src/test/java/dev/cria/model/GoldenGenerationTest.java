package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.chat.ChatTemplate;
import dev.cria.core.ActivationType;
import dev.cria.core.Kernels;
import dev.cria.core.WorkerTeam;
import dev.cria.golden.Fixtures;
import dev.cria.golden.NeedsFixtures;
import dev.cria.model.config.KvType;
import dev.cria.model.decoding.TextModel;
import dev.cria.model.engine.Drafting;
import dev.cria.model.engine.Engine;
import dev.cria.model.engine.EngineLimits;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.loading.GgufModel;
import dev.cria.model.loading.GgufVocabulary;
import dev.cria.model.transformer.LoraSet;
import dev.cria.model.transformer.Transformer;
import dev.cria.quant.GgufFile;
import dev.cria.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A trained model, from prompt to text, against results computed elsewhere. */
@NeedsFixtures
class GoldenGenerationTest {
    private final List<AutoCloseable> opened = new ArrayList<>();
    private TextModel text = new TextModel(FakeModel.saying().engine, FakeModel.TOKENIZER, Set.of());
    private LanguageModel inference = FakeModel.saying().language;

    @BeforeEach
    void load(Fixtures fixtures) {
        GgufFile file = GgufFile.open(fixtures.path("models/stories260K.gguf"));
        opened.add(file);
        Arena arena = Arena.ofShared();
        opened.add(arena);
        GgufModel model = new GgufModel(file);
        WorkerTeam team = new WorkerTeam(2);
        Transformer transformer = new Transformer(model.config(),
                model.load(true, ActivationType.F32, Kernels.best(), team, arena),
                Kernels.best(), team, model.config().contextLength(), KvType.F32, 512);
        opened.add(transformer);
        Engine engine = new Engine(transformer, FakeModel.UNLIMITED, Drafting.NONE, System::nanoTime);
        opened.add(engine);
        Tokenizer tokenizer = Tokenizer.of(GgufVocabulary.read(file));
        text = new TextModel(engine, tokenizer, Set.of(tokenizer.vocabulary().eos()));
        inference = model(text);
    }

    private static LanguageModel model(TextModel text) {
        return new PlainModel(new ComputedAnswers(text, LoraSet.NONE, () -> {
            throw new AssertionError("this model was not taught to fill gaps");
        }), ChatTemplate.llama2());
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : opened.reversed()) {
            resource.close();
        }
    }

    @Test
    void greedyGenerationGivesTheReferencesTokensAndText(Fixtures fixtures) {
        for (JsonNode story : fixtures.json("generate/greedy-stories260K.json").get("cases")) {
            GenerationResult result = inference.generate(story.get("prompt").asText()).temperature(0)
                    .maxTokens(story.get("n_tokens").asInt()).result();
            assertThat(result.promptTokens()).containsExactly(boxed(story.get("prompt_ids")));
            assertThat(result.tokens()).containsExactly(boxed(story.get("ids")));
            assertThat(result.text()).isEqualTo(story.get("text").asText());
        }
    }

    @Test
    void theScoreGivesTheReferencesLogProbabilities(Fixtures fixtures) {
        JsonNode expected = fixtures.json("perplexity/short-logprobs.json");
        Score score = inference.score(Fixtures.ints(expected.get("ids")));
        for (int i = 0; i < score.logProbabilities().size(); i++) {
            assertThat(score.logProbabilities().get(i)).isCloseTo(expected.get("logprobs").get(i).asDouble(),
                    within(2e-4));
        }
    }

    @Test
    void twoThreadsAtOnceGetWhatEachGetsAlone() {
        Generation lily = inference.generate("Lily").seed(7).maxTokens(100);
        Generation tom = inference.generate("Tom and the dog").seed(8).maxTokens(100);
        String lilyAlone = lily.text();
        String tomAlone = tom.text();
        CompletableFuture<GenerationResult> lilyTogether = lily.async();
        CompletableFuture<GenerationResult> tomTogether = tom.async();
        assertThat(lilyTogether.join().text()).isEqualTo(lilyAlone);
        assertThat(tomTogether.join().text()).isEqualTo(tomAlone);
    }

    @Test
    void aChatAnswersTheSameWithAndWithoutKeptKeysAndValues() {
        Chat chat = inference.chat().temperature(0).maxTokens(20);
        chat.user("Hi").text();
        GenerationResult reused = chat.user("Tell me a story").result();
        EngineLimits forgetful = new EngineLimits(1, 1, Long.MAX_VALUE, false);
        try (Engine engine = new Engine(text.engine().forward(), forgetful, Drafting.NONE, System::nanoTime)) {
            LanguageModel other = model(new TextModel(engine, text.tokenizer(), Set.of(2)));
            Chat again = other.chat().temperature(0).maxTokens(20);
            again.user("Hi").text();
            GenerationResult fresh = again.user("Tell me a story").result();
            assertThat(fresh.timings().reusedTokens()).isZero();
            assertThat(reused.timings().reusedTokens()).isPositive();
            assertThat(reused.text()).isEqualTo(fresh.text());
        }
    }

    private static Integer[] boxed(JsonNode ids) {
        Integer[] boxed = new Integer[ids.size()];
        for (int i = 0; i < boxed.length; i++) {
            boxed[i] = ids.get(i).asInt();
        }
        return boxed;
    }
}
