package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.model.generation.GenerationOptions;
import dev.cria.model.generation.GenerationResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Models made from others: with other defaults, with a listener. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModelViewTest {
    private LlamaModel model;

    @BeforeAll
    void load(@TempDir Path folder) {
        model = LlamaModel.load(new SmallModelFile().write(folder.resolve("model.gguf")));
    }

    @AfterAll
    void close() {
        model.close();
    }

    @Test
    void otherDefaultsHoldForGenerationsAndChats() {
        LlamaModel greedy = model.withDefaults(options -> options.temperature(0).maxTokens(5).seed(3));
        GenerationResult result = greedy.generate("Hello").result();
        assertThat(result.options()).containsOnly(Map.entry("temperature", "0"), Map.entry("maxTokens", "5"));
        assertThat(result.seed()).as("nothing was drawn").isEmpty();
        assertThat(result).usingRecursiveComparison().ignoringFields("timings")
                .isEqualTo(model.generate("Hello").temperature(0).maxTokens(5).seed(3).result());
        assertThat(greedy.chat().user("Hello").result().options()).isEqualTo(result.options());
        assertThat(model.generate("Hello").maxTokens(1).result().options()).containsEntry("temperature", "0.6");
    }

    @Test
    void optionsAreAValueForAnyNumberOfRequestsAndModels() {
        GenerationOptions options = GenerationOptions.of(Map.of("temperature", 0, "max-tokens", 5));
        GenerationResult expected = model.generate("Hello").temperature(0).maxTokens(5).result();
        assertThat(model.generate("Hello").options(options).result()).usingRecursiveComparison()
                .ignoringFields("timings").isEqualTo(expected);
        assertThat(model.withDefaults(options).generate("Hello").text()).isEqualTo(expected.text());
        Generation overridden = model.withDefaults(options).generate("Hello").maxTokens(2);
        assertThat(overridden.options()).isEqualTo(options.withMaxTokens(2));
        assertThat(overridden.result().tokens()).hasSize(2);
        int tokens = model.config().vocabularySize();
        for (GenerationOptions impossible : List.of(options.withStopTokens(Set.of(tokens)),
                options.withLogitBias(Map.of(tokens, 1.0)), options.withLogprobs(tokens + 1))) {
            assertThatIllegalArgumentException().isThrownBy(() -> model.generate("a").options(impossible))
                    .withMessageContaining(Integer.toString(tokens));
        }
    }

    @Test
    void everyEndingTellsItsResultAtTheEnd() {
        List<GenerationResult> told = new CopyOnWriteArrayList<>();
        Generation generation = model.generate("Hello").temperature(0).maxTokens(5).onResult(told::add);
        GenerationResult expected = generation.result();
        assertThat(String.join("", generation.stream().toList())).isEqualTo(expected.text());
        Recorder recorder = new Recorder();
        generation.publish().subscribe(recorder);
        recorder.request(Long.MAX_VALUE);
        while (!recorder.take(1).contains("complete")) {
            // pieces
        }
        generation.async().join();
        generation.forEach(_ -> {});
        Chat chat = model.chat().temperature(0).maxTokens(3).onResult(told::add);
        String answer = chat.user("Hi").text();
        assertThat(told).hasSize(6);
        assertThat(told.subList(0, 5)).extracting(GenerationResult::text).containsOnly(expected.text());
        assertThat(told.getLast().text()).isEqualTo(answer);
    }

    @Test
    void laterDefaultsAndOptionsGoBeforeEarlierOnes() {
        LlamaModel first = model.withDefaults(options -> options.maxTokens(5).seed(3).temperature(1));
        LlamaModel second = first.withDefaults(options -> options.maxTokens(6));
        assertThat(second.generate("a").seed(4).result().options()).containsEntry("maxTokens", "6")
                .containsEntry("seed", "4").containsEntry("temperature", "1");
        assertThat(first.generate("a").result().options()).containsEntry("maxTokens", "5");
    }

    @Test
    void resultsTellThePromptAndTheOptionsThatMatter() {
        GenerationResult chat = model.chat().system("Be brief.").user("Hi <s>").temperature(0).topP(0.5).maxTokens(2)
                .seed(1)
                .stop("x", "y").result();
        assertThat(chat.prompt()).isEqualTo("<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi <s> [/INST]");
        assertThat(chat.options().toString()).isEqualTo("{temperature=0, maxTokens=2, stop=[x, y]}");
        GenerationResult text = model.generate("Once").topK(5).minP(0.1).logitBias(7, -2.5).frequencyPenalty(1)
                .penaltyWindow(9).echo(true).maxTokens(1).seed(-2).result();
        assertThat(text.prompt()).isEqualTo("Once");
        assertThat(text.options().toString()).isEqualTo("{temperature=0.6, topK=5, topP=0.9, minP=0.1,"
                + " frequencyPenalty=1, penaltyWindow=9, logitBias={7=-2.5}, maxTokens=1, echo=true, seed=-2}");
        assertThat(model.generate(new int[]{1, 5}).maxTokens(1).result().prompt()).isEqualTo("[1, 5]");
    }

    @Test
    void aListenerHearsOfWhatWasGeneratedToItsEndInEveryForm() {
        List<GenerationResult> heard = new ArrayList<>();
        LlamaModel listened = model.withListener(heard::add)
                .withDefaults(options -> options.temperature(0).maxTokens(3));
        GenerationResult result = listened.generate("a").result();
        assertThat(heard).containsExactly(result);
        assertThat(listened.chat().user("b").stream().count()).isPositive();
        assertThat(listened.generate("c").async().join()).isEqualTo(heard.getLast());
        assertThat(heard).extracting(GenerationResult::prompt).containsExactly("a", "<s>[INST] b [/INST]", "c");
        var unread = listened.generate("d").stream();
        unread.close();
        assertThat(heard).hasSize(3);
    }

    @Test
    void aListenerThatFailsDoesNoHarm() {
        LlamaModel listened = model.withListener(_ -> {
            throw new IllegalStateException("a failing listener, on purpose");
        });
        assertThat(listened.generate("a").maxTokens(1).result().tokens()).hasSize(1);
    }

    @Test
    void aListenersCheckedExceptionDoesNoHarmEither() {
        LlamaModel listened = model.withListener(_ -> TextPublisherTest.sneakily(new IOException("on purpose")));
        assertThat(listened.generate("a").maxTokens(1).result().tokens()).hasSize(1);
        assertThat(listened.chat().user("a").maxTokens(1).async().join().tokens()).hasSize(1);
    }

    @Test
    void aListenersErrorReachesWhoeverWaitsForTheText() {
        AssertionError mine = new AssertionError("mine");
        LlamaModel listened = model.withListener(_ -> {
            throw mine;
        });
        Generation generation = listened.generate("a").maxTokens(1);
        assertThatThrownBy(generation::text).isSameAs(mine);
        assertThatThrownBy(() -> generation.async().join()).hasCause(mine);
        assertThatThrownBy(() -> generation.stream().toList()).isSameAs(mine);
        Recorder recorder = new Recorder();
        generation.publish().subscribe(recorder);
        recorder.request(9);
        assertThat(recorder.take(2)).endsWith("failed: mine");
        Chat chat = listened.chat().maxTokens(1);
        assertThatThrownBy(() -> chat.user("a").text()).isSameAs(mine);
        assertThat(chat.messages()).isEmpty();
    }

    @Test
    void whatListenersOfLogitsAndPerplexitiesThrowIsThrown() {
        IOException mine = new IOException("mine");
        assertThatThrownBy(() -> model.logits(new int[]{1, 5}, (_, _) -> TextPublisherTest.sneakily(mine)))
                .isSameAs(mine);
        assertThatThrownBy(() -> model.perplexity("abcdefgh", 4, (_, _) -> TextPublisherTest.sneakily(mine)))
                .isSameAs(mine);
        assertThat(model.score("abc").tokens()).hasSize(5);
    }

    @Test
    void closingOneLeavesTheModelThatItWasMadeFrom(@TempDir Path folder) {
        LlamaModel original = LlamaModel.load(new SmallModelFile().write(folder.resolve("model.gguf")));
        LlamaModel view = original.withDefaults(options -> options.maxTokens(1));
        view.close();
        assertThatThrownBy(() -> view.generate("a")).hasMessage("the model has been closed");
        assertThatThrownBy(view::chat).hasMessage("the model has been closed");
        assertThat(original.generate("a").maxTokens(1).result().tokens()).hasSize(1);
        LlamaModel other = original.withDefaults(options -> options.maxTokens(1));
        original.close();
        assertThatThrownBy(() -> other.generate("a").text()).isInstanceOf(IllegalStateException.class)
                .hasMessage("the model has been closed");
    }
}
