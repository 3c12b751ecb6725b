package dev.cria.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cria.chat.ChatTemplate;
import dev.cria.chat.Message;
import dev.cria.core.ActivationType;
import dev.cria.core.CriaException;
import dev.cria.core.Kernels;
import dev.cria.core.MalformedFileException;
import dev.cria.model.config.KvType;
import dev.cria.model.engine.EngineState;
import dev.cria.model.generation.GenerationResult;
import dev.cria.model.transformer.KvPage;
import dev.cria.model.weights.LoraFactors;
import dev.cria.quant.QuantType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chats and prefixes go into files and come back as they were. */
class SessionsTest {
    private static final int CONTEXT = 512;
    private static final int SIZE_AT = 12;
    private static final int LENGTH_AT = 20;
    private static final int DESCRIPTION_AT = 24;

    @TempDir
    private Path folder = Path.of("");

    private Path file() {
        return folder.resolve("session.cria");
    }

    private LlamaModel.Builder builder() {
        return builder(new SmallModelFile());
    }

    private LlamaModel.Builder builder(SmallModelFile model) {
        return LlamaModel.builder(model.write(folder.resolve("model.gguf"))).chatTemplate(ChatTemplate.llama2())
                .contextLength(CONTEXT).threads(1);
    }

    private static Chat begun(LlamaModel model) {
        Chat chat = model.chat().system("Be brief.").seed(3).temperature(1.2).maxTokens(40).logprobs(2);
        chat.user("Tell me about the sea, the sky and the mountains.").result();
        chat.user("And what is behind them, far away?").result();
        return chat;
    }

    private static List<Object> visible(GenerationResult result) {
        return List.of(result.text(), result.tokens(), result.promptTokens(), result.finishReason(),
                result.logProbabilities(), result.options());
    }

    private static GenerationResult next(Chat chat) {
        return chat.user("Why?").result();
    }

    private static EngineState state(LlamaModel model) {
        return model.computed().engine().state();
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void aRestoredChatGoesOnWithTheSameBitsAndReadsOnlyTheNewTurn(KvType type) {
        List<Object> expected;
        int reused;
        List<Message> messages;
        try (LlamaModel model = builder().kvType(type).load()) {
            Chat chat = begun(model);
            messages = chat.messages();
            chat.save(file());
            GenerationResult result = next(chat);
            expected = visible(result);
            reused = result.timings().reusedTokens();
        }
        try (LlamaModel model = builder().kvType(type).threads(2).promptChunk(3).load()) {
            Chat chat = model.restoreChat(file());
            assertThat(chat.messages()).isEqualTo(messages);
            assertThat(state(model).passes()).isZero();
            GenerationResult result = next(chat);
            assertThat(visible(result)).isEqualTo(expected);
            assertThat(result.timings().reusedTokens()).isEqualTo(reused).isGreaterThan(2 * KvPage.POSITIONS);
            // besides the answer and guesses at it, only what follows what had been read
            assertThat(state(model).rows()).isLessThanOrEqualTo((long) result.promptTokens().size() - reused
                    + result.tokens().size() + result.timings().draftedTokens());
        }
    }

    @Test
    void whereWeightsAreAndWhoComputesMakesNoDifference() {
        List<Object> expected;
        try (LlamaModel model = builder().load()) {
            Chat chat = begun(model);
            chat.save(file());
            expected = visible(next(chat));
        }
        try (LlamaModel model = builder().weightMemory(LlamaModel.WeightMemory.MAPPED).kernels(Kernels.plain())
                .threads(3).contextLength(400).maxConcurrent(1).load()) {
            GenerationResult result = next(model.restoreChat(file()));
            assertThat(visible(result)).isEqualTo(expected);
            assertThat(result.timings().reusedTokens()).isGreaterThan(2 * KvPage.POSITIONS);
        }
        assertRefused(builder().quantize(QuantType.F16), "weights: it was saved with the model");
    }

    @Test
    void aRestoredChatCanBeSavedAgainAndForked() throws IOException {
        try (LlamaModel model = builder().load()) {
            begun(model).save(file());
        }
        byte[] first = Files.readAllBytes(file());
        try (LlamaModel model = builder().load()) {
            model.restoreChat(file()).fork().save(folder.resolve("again.cria"));
            assertThat(Files.readAllBytes(folder.resolve("again.cria"))).isEqualTo(first);
        }
    }

    @Test
    void whatFollowsTheTokensOfAPageIsNotWrittenDown() throws IOException {
        try (LlamaModel model = builder().load()) {
            Chat chat = begun(model);
            chat.save(file());
            byte[] before = Files.readAllBytes(file());
            // goes on in the same page
            next(chat.fork());
            chat.save(file());
            assertThat(Files.readAllBytes(file())).isEqualTo(before);
        }
    }

    @Test
    void optionsAndTheChoiceOfWhatHappensWhenItIsTooLongComeBack() {
        try (LlamaModel model = builder().load()) {
            Chat chat = model.chat().temperature(0.25).topK(7).stop("end", "\ud800 half").logitBias(3, -1.5)
                    .logitBias(4, Double.NEGATIVE_INFINITY).timeout(Duration.ofMinutes(3)).stopTokens(5, 9)
                    .contextOverflow(ContextOverflow.DROP_OLDEST_TURNS);
            chat.save(file());
            Chat restored = model.withDefaults(request -> request.topP(0.1)).restoreChat(file());
            assertThat(restored.options()).isEqualTo(chat.options());
            assertThat(restored.messages()).isEmpty();
            restored.save(folder.resolve("again.cria"));
            assertThat(folder.resolve("again.cria")).hasSameBinaryContentAs(file());
        }
    }

    @Test
    void aChatThatHasDroppedTurnsGoesOnWithoutThem() {
        List<Object> expected;
        try (LlamaModel model = builder().contextLength(128).load()) {
            Chat chat = model.chat().temperature(0).maxTokens(20)
                    .contextOverflow(ContextOverflow.DROP_OLDEST_TURNS);
            int dropped = 0;
            for (int turn = 0; turn < 9; turn++) {
                dropped = chat.user("Number " + turn).result().droppedMessages();
            }
            assertThat(dropped).isPositive();
            chat.save(file());
            expected = visible(next(chat));
        }
        try (LlamaModel model = builder().contextLength(128).load()) {
            GenerationResult result = next(model.restoreChat(file()));
            assertThat(visible(result)).isEqualTo(expected);
            assertThat(result.droppedMessages()).isPositive();
        }
    }

    @Test
    void aModelThatKeepsNothingTakesTheMessagesAlone() {
        List<Object> expected;
        try (LlamaModel model = builder().prefixReuse(false).load()) {
            Chat chat = begun(model);
            chat.save(file());
            expected = visible(next(chat));
            assertThatThrownBy(() -> model.savePrefixes(file())).isInstanceOf(CriaException.class)
                    .hasMessage("there are no prefixes to be saved: the model was loaded with prefixReuse(false), so it"
                            + " keeps none");
            assertThatThrownBy(() -> model.loadPrefixes(file())).isInstanceOf(CriaException.class)
                    .hasMessageContaining("prefixReuse(false)");
        }
        try (LlamaModel model = builder().load()) {
            GenerationResult result = next(model.restoreChat(file()));
            assertThat(visible(result)).isEqualTo(expected);
            assertThat(result.timings().reusedTokens()).isZero();
            begun(model).save(file());
        }
        try (LlamaModel model = builder().prefixReuse(false).load()) {
            GenerationResult result = next(model.restoreChat(file()));
            assertThat(visible(result)).isEqualTo(expected);
            assertThat(result.timings().reusedTokens()).isZero();
        }
    }

    @Test
    void prefixesOfManyTextsComeBack() {
        List<String> prompts = IntStream.range(0, 5).mapToObj(i -> "Chapter " + i % 2 + ". " + "It was a long day. "
                .repeat(9) + "Number " + i).toList();
        List<List<Object>> expected = new ArrayList<>();
        try (LlamaModel model = builder().load()) {
            prompts.forEach(prompt -> expected.add(visible(model.generate(prompt).seed(1).maxTokens(9).result())));
            model.savePrefixes(file());
        }
        try (LlamaModel model = builder().load()) {
            model.loadPrefixes(file());
            long kept = state(model).prefixBytes();
            assertThat(kept).isEqualTo(state(model).kvBytes()).isPositive();
            model.loadPrefixes(file());
            assertThat(state(model).prefixBytes()).isEqualTo(kept);
            for (int i = 0; i < prompts.size(); i++) {
                GenerationResult result = model.generate(prompts.get(i)).seed(1).maxTokens(9).result();
                assertThat(visible(result)).isEqualTo(expected.get(i));
                assertThat(result.timings().reusedTokens()).isEqualTo(result.promptTokens().size() - 1);
            }
        }
    }

    @Test
    void whereThereIsNotRoomForAllWhatWasUsedLastComesFirst() {
        String old = "An old story. ".repeat(12);
        String recent = "The newest story. ".repeat(12);
        long page;
        try (LlamaModel model = builder().load()) {
            model.generate(old).maxTokens(1).text();
            model.generate(recent).maxTokens(1).text();
            model.savePrefixes(file());
            page = model.computed().engine().forward().pageBytes();
        }
        int pages = CONTEXT / KvPage.POSITIONS;
        try (LlamaModel model = builder().kvCacheBytes(pages * page).load()) {
            model.loadPrefixes(file());
            assertThat(state(model).kvBytes()).isLessThanOrEqualTo(pages * page);
            assertThat(reused(model, recent)).isGreaterThan(4 * KvPage.POSITIONS);
        }
        try (LlamaModel model = builder().contextLength(8 * KvPage.POSITIONS).kvCacheBytes(8 * page).load()) {
            // what the model has not used for the longest time makes room
            model.generate("Something else. ".repeat(12)).maxTokens(1).text();
            model.loadPrefixes(file());
            assertThat(state(model).kvBytes()).isEqualTo(8 * page);
            int promptLength = model.promptTokens(recent).length;
            assertThat(reused(model, recent)).isGreaterThanOrEqualTo(Math.min(promptLength - 1, 7 * KvPage.POSITIONS));
        }
    }

    private static int reused(LlamaModel model, String prompt) {
        return model.generate(prompt).maxTokens(1).result().timings().reusedTokens();
    }

    @Test
    void savingWhileAnAnswerRunsIsRefused() {
        try (LlamaModel model = builder().load()) {
            Chat chat = begun(model);
            try (Stream<String> pieces = chat.user("Go on.").stream()) {
                Iterator<String> iterator = pieces.iterator();
                iterator.next();
                assertThatThrownBy(() -> chat.save(file())).isInstanceOf(IllegalStateException.class)
                        .hasMessage("a turn of this chat has not ended: read it to its end, or cancel it and close its"
                                + " stream, before the chat is saved");
            }
            assertThat(file()).doesNotExist();
            chat.save(file());
            assertThat(file()).exists();
        }
    }

    @Test
    void prefixesAreSavedWhileOthersGenerate() {
        try (LlamaModel model = builder().load()) {
            String expected = model.generate("Once upon a time").temperature(0).maxTokens(200).text();
            StringBuilder text = new StringBuilder();
            model.generate("Once upon a time").temperature(0).maxTokens(200).forEach(piece -> {
                text.append(piece);
                model.savePrefixes(file());
                model.loadPrefixes(file());
            });
            assertThat(text).hasToString(expected);
        }
    }

    @Test
    void closedAndRecordedModelsSaveNothing() {
        LlamaModel model = builder().load();
        Chat chat = begun(model);
        chat.save(file());
        model.close();
        for (ThrowingCallable use : List.<ThrowingCallable>of(() -> chat.save(file()), () -> model.restoreChat(file()),
                () -> model.savePrefixes(file()), () -> model.loadPrefixes(file()))) {
            assertThatThrownBy(use).isInstanceOf(IllegalStateException.class)
                    .hasMessage("the model has been closed");
        }
        try (LlamaModel recorded = builder().load()) {
            Transcript transcript = new Transcript();
            transcript.record(recorded).chat().user("Hello").temperature(0).maxTokens(3).text();
            Chat replayed = transcript.replay().chat();
            replayed.user("Hello").temperature(0).maxTokens(3).text();
            assertThatThrownBy(() -> replayed.save(file())).isInstanceOf(IllegalStateException.class).hasMessage(
                    "a chat of recorded answers has no keys and values to be saved with: save one of the model itself");
        }
    }

    @Test
    void filesThatCannotBeWrittenOrReadAreNamed() {
        try (LlamaModel model = builder().load()) {
            Path missing = folder.resolve("none").resolve("x");
            assertThatThrownBy(() -> model.chat().save(missing)).isInstanceOf(CriaException.class)
                    .hasMessageContaining(missing.toString()).hasMessageContaining("there is no folder");
            assertThatThrownBy(() -> model.restoreChat(missing)).isInstanceOf(CriaException.class)
                    .hasMessage("there is no file " + missing);
            assertThatThrownBy(() -> model.chat().save(folder)).isInstanceOf(CriaException.class)
                    .hasMessageContaining("directory");
        }
    }

    @Test
    void aChatIsNoFileOfPrefixesAndTheOtherWayRound() {
        try (LlamaModel model = builder().load()) {
            Chat chat = begun(model);
            chat.save(file());
            assertThatThrownBy(() -> model.loadPrefixes(file())).isInstanceOf(CriaException.class)
                    .hasMessage(file() + ": it holds a chat, not prefixes: read it with restoreChat");
            model.savePrefixes(file());
            assertThatThrownBy(() -> model.restoreChat(file())).isInstanceOf(CriaException.class)
                    .hasMessage(file() + ": it holds prefixes, not a chat: read it with loadPrefixes");
        }
    }

    private void assertRefused(LlamaModel.Builder other, String... message) {
        try (LlamaModel model = other.load()) {
            assertThatThrownBy(() -> model.restoreChat(file())).isInstanceOf(CriaException.class)
                    .hasMessageStartingWith(file() + ": ").hasMessageContainingAll(message);
            assertThat(state(model).kvBytes()).isZero();
        }
    }

    @Test
    void otherModelsSettingsAndAdaptersAreRefusedByName() {
        LoraAdapter adapter = adapter("pirate", 1);
        try (LlamaModel model = builder().kvType(KvType.F16).load()) {
            begun(model).save(file());
        }
        assertRefused(builder().kvType(KvType.Q8),
                "kvType: its keys and values are F16, but those of the model are Q8: load it with kvType(KvType.F16)");
        assertRefused(builder().kvType(KvType.F16).activations(ActivationType.F32),
                "activations: it was saved with Q8, but the model has F32: load it with activations(ActivationType.Q8)");
        assertRefused(builder().kvType(KvType.F16).lora(adapter, 0.5), "adapters: it was saved with none, but the model"
                + " has pirate (", ") x 0.5: load it with the same adapters and scales, in the same order");
        assertRefused(builder().kvType(KvType.F16).chatTemplate("vicuna"),
                "template: it was saved with llama2, but the model has vicuna");
        // two fine-tunes of one shape
        assertRefused(builder(fineTuned(new SmallModelFile().name("tuned"))).kvType(KvType.F16),
                "weights: it was saved with the model without a name (", "but this is \"tuned\" (",
                "only the same sizes and weights go on with the same text");
    }

    /** {@return the model with other weights in one place} */
    private static SmallModelFile fineTuned(SmallModelFile model) {
        float[] weights = model.weights("blk.1.attn_v.weight").clone();
        weights[5] += 0.125f;
        return model.vector("blk.1.attn_v.weight", weights);
    }

    private static LoraAdapter adapter(String name, float number) {
        float[] a = new float[SmallModelFile.DIM];
        float[] b = new float[SmallModelFile.DIM];
        Arrays.fill(a, number);
        Arrays.fill(b, 0.01f);
        return LoraAdapter.of(name, Map.of("blk.0.attn_output.weight",
                new LoraFactors(1, SmallModelFile.DIM, SmallModelFile.DIM, 1, a, b)));
    }

    @Test
    void aChatWithAdaptersIsRestoredByAModelThatHasThem() {
        List<Object> expected;
        try (LlamaModel model = builder().load()) {
            Chat chat = model.chat().lora(adapter("pirate", 1), 0.5).temperature(0).maxTokens(40);
            chat.user("Tell me about the sea, the sky and the mountains.").text();
            chat.save(file());
            expected = visible(next(chat)).subList(0, 5);
        }
        try (LlamaModel model = builder().lora(adapter("renamed", 1), 0.5).load()) {
            GenerationResult result = next(model.restoreChat(file()));
            assertThat(visible(result).subList(0, 5)).isEqualTo(expected);
            assertThat(result.timings().reusedTokens()).isGreaterThan(KvPage.POSITIONS);
        }
        assertRefused(builder(), "adapters: it was saved with pirate (", "but the model has none");
        assertRefused(builder().lora(adapter("pirate", 1), 0.25), "x 0.5, but the model has pirate (", "x 0.25");
        assertRefused(builder().lora(adapter("pirate", 2), 0.5), "adapters: ");
    }

    @Test
    void aCutFileIsRefused() throws IOException {
        try (LlamaModel model = builder().load()) {
            begun(model).save(file());
            byte[] whole = Files.readAllBytes(file());
            for (int length : new int[]{0, 1, 7, 8, 23, 27, 28, 100, whole.length / 2, whole.length - 5,
                whole.length - 1}) {
                Files.write(file(), Arrays.copyOf(whole, length));
                assertDamaged(model, length < 28
                        ? "it is no session of Cria: it has only " + length + " bytes"
                        : "size is " + length + " bytes, but " + whole.length + " were written: it is not complete");
            }
            Files.write(file(), Arrays.copyOf(whole, whole.length + 1));
            assertDamaged(model, "size is " + (whole.length + 1));
        }
    }

    private void assertDamaged(LlamaModel model, String message) {
        long kept = state(model).kvBytes();
        assertThatThrownBy(() -> model.restoreChat(file())).as(message).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(file() + ": ").hasMessageContaining(message);
        assertThat(state(model).kvBytes()).isEqualTo(kept);
    }

    @Test
    void oneChangedBitAnywhereIsNoticed() throws IOException {
        try (LlamaModel model = builder().load()) {
            begun(model).save(file());
            byte[] whole = Files.readAllBytes(file());
            int step = Math.max(1, whole.length / 300);
            for (int at = 0; at < whole.length; at += at < 32 || at > whole.length - 8 ? 1 : step) {
                byte[] damaged = whole.clone();
                damaged[at] ^= (byte) (1 << at % 8);
                Files.write(file(), damaged);
                assertDamaged(model, at < 8
                        ? "does not begin with CRIASESS"
                        : at < SIZE_AT ? "version is " : at < LENGTH_AT ? "size is " : "checksum");
            }
        }
    }

    /** Changes the description and makes size and checksum right again. */
    private void rewrite(byte[] whole, UnaryOperator<String> change) throws IOException {
        ByteBuffer old = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        int length = old.getInt(LENGTH_AT);
        byte[] description = change.apply(new String(whole, DESCRIPTION_AT, length, StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.UTF_8);
        int rest = whole.length - DESCRIPTION_AT - length;
        ByteBuffer changed = ByteBuffer.allocate(DESCRIPTION_AT + description.length + rest)
                .order(ByteOrder.LITTLE_ENDIAN).put(whole, 0, SIZE_AT);
        changed.putLong(changed.capacity()).putInt(description.length).put(description)
                .put(whole, DESCRIPTION_AT + length, rest - Integer.BYTES);
        CRC32C checksum = new CRC32C();
        checksum.update(changed.array(), 0, changed.position());
        changed.putInt((int) checksum.getValue());
        Files.write(file(), changed.array());
    }

    @Test
    void wrongFieldsOfAFileWithARightChecksumAreNamed() throws IOException {
        try (LlamaModel model = builder().load()) {
            begun(model).save(file());
            byte[] whole = Files.readAllBytes(file());
            String[][] changes = {
                {"\"kind\":\"chat\"", "\"kind\":\"cat\"", "kind must be chat or prefixes, but is cat"},
                {"{\"kind\"", "[\"kind\"", "description is not JSON"},
                {"\"kvType\":\"F32\"", "\"kvType\":5", "description.kvType must be a text, but is 5"},
                {"\"role\":\"USER\"", "\"role\":\"KING\"", "role must be one of"},
                {"\"content\":\"Be brief.\"", "\"text\":\"Be brief.\"",
                    "description.chat.messages[0].content must be a text"},
                {"\"droppedMessages\":0", "\"droppedMessages\":99",
                    "description.chat.droppedMessages must be a number from 0 to 5, but is 99"},
                {"\"contextOverflow\":\"STOP\"", "\"contextOverflow\":\"GO\"", "contextOverflow must be one of"},
                {"\"temperature\":1.2", "\"temperature\":-1", "options: temperature must be 0 or more"},
                {"\"temperature\"", "\"heat\"", "options: there is no option heat"},
                {"\"read\":[1", "\"read\":[-1", "description.chat.read must be numbers from 0 to"},
                {"\"parent\":-1", "\"parent\":0", "parent must be a number from -1 to -1, but is 0"},
                {"\"tokens\":[1,", "\"tokens\":[99999,", "tokens must be numbers from 0 to"},
                {"\"tokens\":[1,", "\"tokens\":[1,1,", "a page has 1 to 32 tokens, but page 0 has 33"},
                {"{\"parent\":-1,\"tokens\":[1,", "{\"parent\":-1,\"tokens\":[1]},{\"parent\":-1,\"tokens\":[",
                    "pages: "},
                {"\"pages\":", "\"leaves\":", "description.pages must be a list"}};
            for (String[] change : changes) {
                rewrite(whole, text -> {
                    assertThat(text).contains(change[0]);
                    return text.replaceFirst(Pattern.quote(change[0]), Matcher.quoteReplacement(change[1]));
                });
                assertDamaged(model, change[2]);
            }
            rewrite(whole, text -> text);
            assertThat(model.restoreChat(file()).messages()).hasSize(5);
            // says that it is much longer than it is
            ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putInt(LENGTH_AT, Integer.MAX_VALUE);
            CRC32C checksum = new CRC32C();
            checksum.update(whole, 0, whole.length - Integer.BYTES);
            ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putInt(whole.length - Integer.BYTES,
                    (int) checksum.getValue());
            Files.write(file(), whole);
            assertDamaged(model, "the description is said to have 2147483647 bytes, but there are only");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GGUF", "{\"kind\":\"chat\"}{\"kind\":\"chat\"}{\"kind\":\"chat\"}"})
    void otherFilesAreNoSessions(String content) throws IOException {
        Files.writeString(file(), content);
        try (LlamaModel model = builder().load()) {
            assertDamaged(model, "it is no session of Cria");
        }
    }
}
