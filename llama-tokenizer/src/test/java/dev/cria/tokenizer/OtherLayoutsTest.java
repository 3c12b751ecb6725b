package dev.cria.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.golden.Fixtures;
import dev.cria.golden.Golden;
import dev.cria.golden.NeedsFixtures;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The vocabularies of Hugging Face and llama2.c give the ids of the SentencePiece model that they were made of. */
class OtherLayoutsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Tokenizer TINY = Tokenizer.load(Golden.file("tokenizer/tiny.model"));

    @TempDir
    private Path folder;

    private record Merge(String left, String right, int id) {}

    /** A tokenizer.json as transformers converts it: a merge for each split of each piece, in the order of scores. */
    private static ObjectNode converted(Vocabulary vocabulary, boolean pairs, boolean metaspace) {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode model = root.putObject("model").put("type", "BPE").put("unk_token", "<unk>").put("fuse_unk", true)
                .put("byte_fallback", true);
        ObjectNode vocab = model.putObject("vocab");
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            vocab.put(vocabulary.pieces().get(id).text(), id);
            ids.put(vocabulary.pieces().get(id).text(), id);
        }
        List<Merge> merges = new ArrayList<>();
        ids.forEach((text, id) -> {
            for (int at = 1; at < text.length(); at++) {
                if (ids.containsKey(text.substring(0, at)) && ids.containsKey(text.substring(at))) {
                    merges.add(new Merge(text.substring(0, at), text.substring(at), id));
                }
            }
        });
        // version 4 of transformers sorts by scores, of which runs of spaces share one, and by lengths; version 5 by
        // ids
        merges.sort(metaspace
                ? Comparator.comparingInt(Merge::id)
                : Comparator.comparingDouble((Merge merge) -> -vocabulary.pieces().get(merge.id).score())
                        .thenComparingInt(merge -> merge.left.length())
                        .thenComparingInt(merge -> merge.right.length()));
        ArrayNode list = model.putArray("merges");
        for (Merge merge : merges) {
            if (pairs) {
                list.addArray().add(merge.left).add(merge.right);
            } else {
                list.add(merge.left + " " + merge.right);
            }
        }
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < 3; id++) {
            added.addObject().put("id", id).put("content", vocabulary.pieces().get(id).text()).put("special", true);
        }
        if (metaspace) {
            root.putNull("normalizer");
            root.putObject("pre_tokenizer").put("type", "Metaspace").put("replacement", "\u2581")
                    .put("prepend_scheme", "first").put("split", false);
        } else {
            ArrayNode steps = root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
            steps.addObject().put("type", "Prepend").put("prepend", "\u2581");
            ObjectNode replace = steps.addObject().put("type", "Replace").put("content", "\u2581");
            replace.putObject("pattern").put("String", " ");
        }
        ArrayNode single = root.putObject("post_processor").put("type", "TemplateProcessing").putArray("single");
        single.addObject().putObject("SpecialToken").put("id", "<s>");
        single.addObject().putObject("Sequence").put("id", "A");
        return root;
    }

    /** A tokenizer.bin as llama2.c's tokenizer.py writes it. */
    private static byte[] bin(Vocabulary vocabulary) {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(vocabulary.pieces().stream().mapToInt(piece -> piece.text().getBytes(UTF_8).length).max()
                .orElseThrow());
        for (int id = 0; id < vocabulary.size(); id++) {
            Vocabulary.Piece piece = vocabulary.pieces().get(id);
            String text = id == vocabulary.bos() ? "\n<s>\n" : id == vocabulary.eos() ? "\n</s>\n" : piece.text();
            byte[] utf8 = text.replace('\u2581', ' ').getBytes(UTF_8);
            bytes.putFloat(piece.score()).putInt(utf8.length).put(utf8);
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private Path write(ObjectNode tokenizer) throws IOException {
        Path path = folder.resolve("tokenizer.json");
        JSON.writeValue(path.toFile(), tokenizer);
        return path;
    }

    @NeedsFixtures
    @ParameterizedTest
    @CsvSource({"llama2-tokenizer.model, llama2-32k, ids_sentencepiece, true, false",
        "llama2-tokenizer.model, llama2-32k, ids_sentencepiece, false, true",
        "tok512.model, tok512, ids_llamacpp, false, false"})
    void tokenizerJsonGivesTheIdsOfTokenizerModel(String model, String cases, String ids, boolean pairs,
            boolean metaspace, Fixtures fixtures) throws IOException {
        Tokenizer whole = Tokenizer.load(fixtures.path("models/" + model));
        Vocabulary original = whole.vocabulary();
        Tokenizer tokenizer = Tokenizer.load(write(converted(original, pairs, metaspace)));

        for (String line : Files.readAllLines(fixtures.path("tokenizer/" + cases + ".encode.jsonl"))) {
            String text = JSON.readTree(line).get("text").textValue();
            int[] expected = JSON.convertValue(JSON.readTree(line).get(ids), int[].class);
            assertThat(tokenizer.encode(text)).as(text).isEqualTo(expected);
            if (!original.removeExtraWhitespaces()) {
                assertThat(tokenizer.decode(expected)).as(text).isEqualTo(whole.decode(expected));
            }
        }
        Vocabulary read = tokenizer.vocabulary();
        assertThat(read.pieces().stream().map(Vocabulary.Piece::type).toList())
                .isEqualTo(original.pieces().stream().map(Vocabulary.Piece::type).toList());
        assertThat(List.of(read.unknown(), read.bos(), read.eos())).containsExactly(0, 1, 2);
        assertThat(read.addBos()).isTrue();
        assertThat(read.addEos()).isFalse();
    }

    @NeedsFixtures
    @Test
    void tokenizerBinGivesTheIdsThatItsModelGivesWithoutCollapsingSpaces(Fixtures fixtures) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(fixtures.path("models/tok512.bin"));

        for (String line : Files.readAllLines(fixtures.path("tokenizer/tok512.encode.jsonl"))) {
            assertThat(tokenizer.encode(JSON.readTree(line).get("text").textValue())).as(line)
                    .isEqualTo(JSON.convertValue(JSON.readTree(line).get("ids_llamacpp"), int[].class));
        }
        assertThat(tokenizer.vocabulary().pieces()).isEqualTo(
                Tokenizer.load(fixtures.path("models/tok512.model")).vocabulary().pieces());
    }

    @ParameterizedTest
    @CsvSource({"true, false", "false, true", "false, false"})
    void theTinyModelsVocabularyIsTheSameInTheOtherLayouts(boolean pairs, boolean metaspace) throws IOException {
        Tokenizer json = Tokenizer.load(write(converted(TINY.vocabulary(), pairs, metaspace)));
        Tokenizer bin = Tokenizer.load(Files.write(folder.resolve("tokenizer.bin"), bin(TINY.vocabulary())));

        for (String line : Golden.lines("tokenizer/texts.jsonl")) {
            String text = JSON.readTree(line).get("text").textValue();
            int[] expected = TINY.encode(text);
            assertThat(json.encode(text)).as(text).isEqualTo(expected);
            assertThat(bin.encode(text)).as(text).isEqualTo(expected);
            assertThat(json.decode(expected)).as(text).isEqualTo(TINY.decode(expected));
            assertThat(bin.decode(expected)).as(text).isEqualTo(TINY.decode(expected));
        }
        assertThat(bin.vocabulary().pieces()).isEqualTo(TINY.vocabulary().pieces());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 10, 2000, 5000})
    void aTokenizerBinThatIsCutShortIsRefused(int length) throws IOException {
        byte[] whole = bin(TINY.vocabulary());
        Path cut = Files.write(folder.resolve("tokenizer.bin"), Arrays.copyOf(whole, length));

        assertThat(catchThrowable(() -> Tokenizer.load(cut))).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(cut + ": not a tokenizer of llama2.c");
    }

    @Test
    void changedBytesOfATokenizerBinGiveAVocabularyOrAClearRefusal() throws IOException {
        byte[] whole = bin(TINY.vocabulary());
        Random random = new Random(1);
        Path path = folder.resolve("tokenizer.bin");
        for (int i = 0; i < 300; i++) {
            byte[] changed = whole.clone();
            changed[random.nextInt(whole.length)] = (byte) random.nextInt();
            Files.write(path, changed);
            try {
                Tokenizer.load(path).encode("Once upon a time");
            } catch (CriaException e) {
                assertThat(e).hasMessageStartingWith(path.toString());
            }
        }
    }

    @Test
    void mergesInAnotherOrderThanSentencePiecesAreRefused() throws IOException {
        ObjectNode json = converted(TINY.vocabulary(), false, false);
        ArrayNode merges = (ArrayNode) json.at("/model/merges");
        merges.remove(merges.size() / 2);
        Path path = write(json);

        assertThat(catchThrowable(() -> Tokenizer.load(path))).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(path.toString()).hasMessageContaining("merges");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"[] | model must be", "{} | model must be", "{\"model\": | not JSON",
        "{\"model\":{\"type\":\"Unigram\",\"vocab\":[]}} | Unigram",
        "{\"model\":{\"vocab\":{\"a\":0,\"b\":0},\"merges\":[]}} | each once",
        "{\"model\":{\"vocab\":{\"a\":\"x\"},\"merges\":[]}} | whole number",
        "{\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}} | U+2581",
        "{\"model\":{\"vocab\":{\"a\":0},\"merges\":[\"a b\"]},\"pre_tokenizer\":{\"type\":\"ByteLevel\"}} | ByteLevel",
        "{\"model\":{\"vocab\":{\"a\":0},\"merges\":[\"a b\"]},\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"▁\","
                + "\"split\":false}} | merges must hold",
        "{\"model\":{\"vocab\":{\"a\":0},\"merges\":[]},\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"▁\","
                + "\"split\":false}} | no token <s>"})
    void aBrokenTokenizerJsonIsRefusedWithWhatIsWrong(String text, String problem) throws IOException {
        Path path = Files.writeString(folder.resolve("tokenizer.json"), text);

        assertThat(catchThrowable(() -> Tokenizer.load(path))).isInstanceOf(MalformedFileException.class)
                .hasMessageStartingWith(path.toString()).hasMessageContaining(problem);
    }

    @Test
    void anEndlessTokenIsRefused() throws IOException {
        ObjectNode json = converted(TINY.vocabulary(), false, false);
        ((ObjectNode) json.at("/model/vocab")).put("a".repeat(40_000), TINY.vocabulary().size());
        Path path = write(json);

        assertThat(catchThrowable(() -> Tokenizer.load(path))).isInstanceOf(MalformedFileException.class)
                .hasMessageContaining("at most 1024 characters");
    }
}
