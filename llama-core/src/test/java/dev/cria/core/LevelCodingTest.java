package dev.cria.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class LevelCodingTest {
    private static final int COLUMNS = 64;

    @Property
    void packedLevelsComeBack(@ForAll LevelCoding coding, @ForAll long seed) {
        int[] levels = levels(coding, new Random(seed));
        int[] words = pack(coding, levels);
        int[] unpacked = new int[COLUMNS];
        for (int unit = 0; unit < COLUMNS / coding.columns(); unit++) {
            for (LevelCoding.Piece piece : coding.pieces()) {
                unpacked[unit * coding.columns() + piece.column()] |= piece
                        .level(words[unit * coding.words() + piece.word()]);
            }
        }
        assertThat(unpacked).isEqualTo(levels);
    }

    /** Words that are shifted and multiplied without masks give the sums of the centred levels times the inputs. */
    @Property
    void factorsTakeOffTheLevelsAboveAndTheCentre(@ForAll LevelCoding coding, @ForAll long seed) {
        Random random = new Random(seed);
        float[] inputs = new float[2 * COLUMNS];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = random.nextFloat(-1, 1);
        }
        QuantizedRows x = new QuantizedRows();
        x.resizeForPacked(2, COLUMNS, EnumSet.of(coding));
        for (int row = 0; row < 2; row++) {
            Kernels.plain().quantize(inputs, row * COLUMNS, x, row);
        }
        LevelFactors factors = x.factors(coding);
        int[] levels = levels(coding, random);
        int[] words = pack(coding, levels);
        List<LevelCoding.Piece> pieces = coding.pieces();
        for (int row = 0; row < 2; row++) {
            for (int first = 0; first < COLUMNS; first += coding.sumColumns()) {
                int expected = 0;
                for (int k = first; k < first + coding.sumColumns(); k++) {

                    expected += (levels[k] - coding.centre()) * x.whole(row, k);
                }
                int sum = factors.corrections()[factors.correctionIndex(row, first)];
                for (int unit = first; unit < first + coding.sumColumns(); unit += coding.columns()) {
                    for (int i = 0; i < pieces.size(); i++) {
                        int word = words[unit / coding.columns() * coding.words() + pieces.get(i).word()];
                        sum += (word >>> pieces.get(i).shift()) * factors.factors()[factors.index(row, unit) + i];
                    }
                }
                assertThat((int) (short) sum).isEqualTo(expected);
            }
        }
    }

    @Example
    void factorsAreThereOnlyForTheCodingsThatWereAskedFor() {
        QuantizedRows x = new QuantizedRows();
        x.resizeForPacked(1, QuantizedRows.BLOCK, EnumSet.of(LevelCoding.FOUR));
        assertThat(x.factors()).containsExactly(x.factors(LevelCoding.FOUR));
        assertThatThrownBy(() -> x.factors(LevelCoding.SIX)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("6 bits");
        x.resizeForUnpacked(1, QuantizedRows.BLOCK, EnumSet.of(LevelCoding.FOUR));
        assertThatThrownBy(() -> x.factors(LevelCoding.FOUR)).isInstanceOf(IllegalStateException.class);
    }

    /** Rows have room after their factors, so that few long rows and many short ones need not be in proportion. */
    @Property
    void thereIsRoomForFewLongRowsAfterManyShortOnes(@ForAll LevelCoding coding) {
        QuantizedRows x = new QuantizedRows();
        x.resizeForPacked(23, QuantizedRows.BLOCK, EnumSet.of(coding));
        for (int columns = QuantizedRows.BLOCK; columns < 50 * QuantizedRows.BLOCK; columns += QuantizedRows.BLOCK) {
            x.resizeForPacked(1, columns, EnumSet.of(coding));
            Kernels.plain().quantize(new float[columns], 0, x, 0);
            assertThat(x.factors(coding).corrections()).hasSizeGreaterThanOrEqualTo(columns / coding.sumColumns());
        }
    }

    private static int[] levels(LevelCoding coding, Random random) {
        return random.ints(COLUMNS, 0, 1 << coding.bits()).toArray();
    }

    private static int[] pack(LevelCoding coding, int[] levels) {
        int[] words = new int[COLUMNS / coding.columns() * coding.words()];
        for (int unit = 0; unit < COLUMNS / coding.columns(); unit++) {
            for (LevelCoding.Piece piece : coding.pieces()) {
                words[unit * coding.words() + piece.word()] |= piece
                        .bits(levels[unit * coding.columns() + piece.column()]);
            }
        }
        return words;
    }
}
