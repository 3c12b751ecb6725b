package dev.cria.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cria.core.CriaException;
import dev.cria.tokenizer.TokenType;
import dev.cria.tokenizer.Tokenizer;
import dev.cria.tokenizer.Vocabulary.Piece;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTrainerTest {
    private static final List<String> WORDS = List.of("the", "cat", "sat", "on", "a", "mat", "caterpillar", "matter",
            "Öl", "naïve", "12", "2024", "don't", "{\"name\":", "[INST]", "[/INST]", "then", "there", "other", "satin");

    @TempDir
    private Path directory;

    /** Sentences of a few words, the first words of the list oftener. */
    private static List<String> texts(long seed, int count) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> words = new ArrayList<>();
            for (int k = random.nextInt(1, 9); k > 0; k--) {
                words.add(WORDS.get((int) (WORDS.size() * random.nextDouble() * random.nextDouble())));
            }
            texts.add(String.join(" ", words));
        }
        return texts;
    }

    private static TokenizerTrainer.Builder builder() {
        return TokenizerTrainer.builder().vocabularySize(340).characterCoverage(1);
    }

    private static List<String> pieces(Tokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text)).mapToObj(id -> tokenizer.vocabulary().pieces().get(id).text())
                .toList();
    }

    @Test
    void frequentWordsBecomeOnePieceAndDigitsStayAlone() {
        Tokenizer tokenizer = builder().train(texts(1, 2000).stream());
        assertThat(tokenizer.vocabulary().size()).isEqualTo(340);
        assertThat(pieces(tokenizer, "the cat sat on 2024 mat")).containsExactly("▁the", "▁cat", "▁sat", "▁on", "▁",
                "2", "0", "2", "4", "▁mat");
    }

    @Test
    void noPieceMixesLettersAndOtherSignsOrReachesAcrossASpace() {
        Tokenizer tokenizer = builder().train(texts(2, 2000).stream());
        assertThat(tokenizer.vocabulary().pieces()).filteredOn(piece -> piece.type() == TokenType.NORMAL)
                .extracting(Piece::text).allSatisfy(text -> {
                    assertThat(text.lastIndexOf('▁')).isLessThanOrEqualTo(0);
                    String rest = text.replace("▁", "");
                    boolean letters = rest.chars().allMatch(Character::isLetter);
                    boolean signs = rest.chars().noneMatch(Character::isLetterOrDigit);
                    assertThat(letters || signs || rest.length() == 1).isTrue();
                });
    }

    @Test
    void aMarkMayBecomeOnePiece() {
        List<String> texts = texts(3, 2000);
        assertThat(pieces(builder().train(texts.stream()), "[INST] the")).hasSizeGreaterThan(2);
        assertThat(pieces(builder().marks("[INST]", "[/INST]").train(texts.stream()), "[INST] the"))
                .containsExactly("▁[INST]", "▁the");
    }

    @Test
    void whatHasNoPieceIsWrittenAsBytesAndComesBack() {
        Tokenizer tokenizer = builder().train(texts(4, 500).stream());
        String text = "日本\n\tq 𝄞 the  end";
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        assertThat(pieces(tokenizer, "日")).containsExactly("▁", "<0xE6>", "<0x97>", "<0xA5>");
    }

    @Test
    void lessCoverageLeavesTheRarestCharactersToBytes() {
        List<String> texts = new ArrayList<>(texts(5, 2000));
        texts.add("Ж");
        assertThat(builder().characterCoverage(0.999).train(texts.stream()).idOf("Ж")).isEmpty();
        assertThat(builder().characterCoverage(1).train(texts.stream()).idOf("Ж")).isPresent();
    }

    @Test
    void theOrderOfTheTextsDoesNotMatter() {
        List<String> texts = texts(6, 1000);
        Tokenizer one = builder().train(texts.stream());
        List<String> others = new ArrayList<>(texts);
        Collections.shuffle(others, new Random(1));
        assertThat(builder().train(others.stream()).vocabulary()).isEqualTo(one.vocabulary());
    }

    @Test
    void theWrittenModelIsReadAgainAsItWas() {
        Path file = directory.resolve("tokenizer.model");
        Tokenizer tokenizer = builder().train(texts(7, 1000).stream());
        tokenizer.save(file);
        assertThat(Tokenizer.load(file).vocabulary()).isEqualTo(tokenizer.vocabulary());
        assertThatThrownBy(() -> tokenizer.save(directory.resolve("missing/tokenizer.model")))
                .isInstanceOf(CriaException.class).hasMessageContaining("cannot write")
                .hasMessageContaining("missing");
    }

    @Test
    void sizesThatDoNotFitTheTextsAreNamed() {
        List<String> texts = texts(8, 1000);
        assertThatThrownBy(() -> TokenizerTrainer.builder().vocabularySize(265).characterCoverage(1)
                .train(texts.stream())).hasMessageContaining("a vocabulary of 265 has no room for the")
                .hasMessageContaining("are needed");
        assertThatThrownBy(() -> TokenizerTrainer.builder().vocabularySize(5000).train(texts.stream()))
                .hasMessageContaining("too few different words for a vocabulary of 5000: they give");
        assertThatThrownBy(() -> TokenizerTrainer.builder().vocabularySize(100))
                .hasMessageContaining("must be 260 to");
        assertThatThrownBy(() -> TokenizerTrainer.builder().marks("[ INST]"))
                .hasMessageContaining("a mark has no spaces");
    }

    /**
     * By hand: {@code -Dgroups=peer -DexcludedGroups= -Dcria.llama.cpp=COMMAND}, where {@code COMMAND spm_encode ...}
     * runs that tool.
     */
    @Test
    @Tag("peer")
    void sentencePieceReadsTheModelAndGivesTheSameTokens() throws IOException, InterruptedException {
        String command = System.getProperty("cria.llama.cpp", "");
        assumeTrue(!command.isEmpty(), "SentencePiece is missing; set -Dcria.llama.cpp=COMMAND");
        Path file = directory.resolve("tokenizer.model");
        Tokenizer tokenizer = builder().marks("[INST]").train(texts(9, 1000).stream());
        tokenizer.save(file);
        List<String> lines = new ArrayList<>(texts(10, 300));
        lines.addAll(List.of("日本語 the end", "two  spaces", " leading", "trailing ", "x=1+2;", "É ß Ж 𝄞"));
        Path input = Files.write(directory.resolve("input.txt"), lines);
        Path output = directory.resolve("output.txt");
        Process process = new ProcessBuilder(command, "spm_encode", "--model=" + file, "--output_format=id",
                "--output=" + output, input.toString()).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(Files.readAllLines(output)).isEqualTo(lines.stream().map(line -> Arrays
                .stream(tokenizer.encode(line)).mapToObj(String::valueOf).collect(Collectors.joining(" "))).toList());
    }
}
