package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Message;
import dev.cria.chat.Role;
import dev.cria.model.config.KvType;
import dev.cria.model.transformer.KvPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Whatever was said and read comes back from a file. */
class SessionPropertiesTest {
    private static final int CONTEXT = 256;
    private static Path folder = Path.of("");

    @BeforeContainer
    static void makeFolder() throws IOException {
        folder = Files.createTempDirectory("cria-sessions");
        new SmallModelFile().write(folder.resolve("model.gguf"));
    }

    @AfterContainer
    static void removeFolder() throws IOException {
        Files.deleteIfExists(folder.resolve("session.cria"));
        Files.deleteIfExists(folder.resolve("model.gguf"));
        Files.delete(folder);
    }

    private static LlamaModel.Builder builder(KvType type) {
        return LlamaModel.builder(folder.resolve("model.gguf")).chatTemplate(ChatTemplate.llama2())
                .contextLength(CONTEXT).threads(1).kvType(type);
    }

    private static Path file() {
        return folder.resolve("session.cria");
    }

    @Property(tries = 40)
    void anyMessagesAndOptionsComeBack(@ForAll @Size(max = 5) List<String> contents, @ForAll Role role,
            @ForAll long seed, @ForAll @IntRange(min = 0) int topK, @ForAll ContextOverflow overflow,
            @ForAll @Size(max = 3) List<String> stops) {
        List<Message> messages = contents.stream().map(content -> new Message(role, content)).toList();
        try (LlamaModel model = builder(KvType.F32).load()) {
            Chat chat = model.chat(messages).seed(seed).topK(topK).contextOverflow(overflow)
                    .stop(stops.stream().filter(stop -> !stop.isEmpty()).toArray(String[]::new));
            chat.save(file());
            Chat restored = model.restoreChat(file());
            assertThat(restored.messages()).isEqualTo(messages);
            assertThat(restored.options()).isEqualTo(chat.options());
        }
    }

    /** Texts with common beginnings go from one model to another that may have less room, and texts of its own. */
    @Property(tries = 25)
    void keptTextsChangeNoAnswerAndFitIntoWhatThereIs(@ForAll long seed, @ForAll KvType type,
            @ForAll @IntRange(min = 1, max = 6) int count, @ForAll @IntRange(min = 1, max = 3) int contexts,
            @ForAll boolean hasOwn) {
        Random random = new Random(seed);
        List<int[]> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] base = texts.isEmpty() ? new int[0] : texts.get(random.nextInt(texts.size()));
            int common = base.length == 0 ? 0 : random.nextInt(base.length);
            int length = common + 1 + random.nextInt(CONTEXT - 9 - common);
            int[] text = random.ints(length, 3, 250).toArray();
            System.arraycopy(base, 0, text, 0, common);
            texts.add(text);
        }
        List<List<Integer>> expected;
        long page;
        try (LlamaModel model = builder(type).load()) {
            expected = answers(model, texts);
            model.savePrefixes(file());
            page = model.computed().engine().forward().pageBytes();
        }
        long budget = contexts * page * CONTEXT / KvPage.POSITIONS;
        try (LlamaModel model = builder(type).kvCacheBytes(budget).load()) {
            if (hasOwn) {
                assertThat(answers(model, texts.subList(0, 1))).isEqualTo(expected.subList(0, 1));
            }
            model.loadPrefixes(file());
            assertThat(model.computed().engine().state().kvBytes()).isLessThanOrEqualTo(budget);
            // the last one was used last, so there is room for it before all others
            int[] last = texts.getLast();
            assertThat(model.generate(last).temperature(0).maxTokens(5).result().timings().reusedTokens())
                    .isEqualTo(last.length - 1);
            assertThat(answers(model, texts)).isEqualTo(expected);
            assertThat(model.computed().engine().state().kvBytes()).isLessThanOrEqualTo(budget);
        }
    }

    private static List<List<Integer>> answers(LlamaModel model, List<int[]> texts) {
        return texts.stream().map(text -> model.generate(text).temperature(0).maxTokens(5).result().tokens()).toList();
    }
}
