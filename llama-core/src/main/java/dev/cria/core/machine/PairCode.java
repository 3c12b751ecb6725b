package dev.cria.core.machine;

import dev.cria.core.LevelCoding;
import dev.cria.core.Q8Blocks;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Gpr;
import dev.cria.core.machine.x86.Mem;
import dev.cria.core.machine.x86.Ymm;
import java.util.List;

/**
 * Code that takes the levels of 16 rows out of their words: pairs of levels, a byte each, in the 16-bit lane of their
 * row, in the order of {@link Q8Blocks#columns}.
 *
 * @param assembler receives the code
 * @param coding how levels share words
 * @param temporaries {@value #TEMPORARIES} registers that are free; the last ones keep levels from word to word
 * @param masks {@link #masks(LevelCoding)} registers, which {@link #loadMasks} fills
 */
record PairCode(Assembler assembler, LevelCoding coding, List<Ymm> temporaries, List<Ymm> masks) {
    static final int TEMPORARIES = 5;

    /** Code that does something with a pair in a register. It may overwrite it. */
    @FunctionalInterface
    interface Consumer {
        /**
         * Writes the code.
         *
         * @param levels where the pair is
         * @param pair which pair of the strip it is
         */
        void accept(Ymm levels, int pair);
    }

    private static List<Integer> bits(LevelCoding coding) {
        return switch (coding) {
            case FOUR -> List.of(0x0f0f);
            case FIVE -> List.of(0x001f, 0x1f00, 0x8000);
            case SIX -> List.of(0x003f, 0x3f00, 0x0030, 0x0300, 0x3c00);
        };
    }

    /** Registers that masks take. */
    static int masks(LevelCoding coding) {
        return bits(coding).size();
    }

    /** Fills the masks, once. Overwrites a general register. */
    void loadMasks(Gpr free) {
        List<Integer> bits = bits(coding);
        for (int i = 0; i < bits.size(); i++) {
            assembler.mov(free, bits.get(i) * 0x10001);
            assembler.vmovd(masks.get(i), free);
            assembler.vpbroadcastd(masks.get(i), masks.get(i));
        }
    }

    /**
     * Takes the pairs of a part of a strip.
     *
     * @param words the words of the 16 rows in the strip's first line
     * @param firstPair first of the pairs, that of a unit
     * @param count pairs, those of whole units
     * @param consumer what is done with each
     */
    void take(Mem words, int firstPair, int count, Consumer consumer) {
        int unitPairs = coding.columns() / 2;
        for (int pair = firstPair; pair < firstPair + count; pair += unitPairs) {
            Mem unit = words.plus(pair / unitPairs * coding.words() * QuantizedLayout.TOGETHER
                    * QuantizedLayout.LINE);
            switch (coding) {
                case FOUR -> four(unit, pair, consumer);
                case FIVE -> five(unit, pair, consumer);
                case SIX -> six(unit, pair, consumer);
            }
        }
    }

    private static Mem word(Mem unit, int word) {
        return unit.plus(word * QuantizedLayout.TOGETHER * QuantizedLayout.LINE);
    }

    /** A word has 4 levels; those of its even columns are a byte apart, and so are those of the odd ones. */
    private void four(Mem unit, int pair, Consumer consumer) {
        Ymm word = temporaries.get(0);
        Ymm levels = temporaries.get(1);
        assembler.vmovdqu(word, unit);
        assembler.vpand(levels, word, masks.get(0));
        consumer.accept(levels, pair);
        assembler.vpsrlw(word, word, 4);
        assembler.vpand(word, word, masks.get(0));
        consumer.accept(word, pair + 1);
    }

    /**
     * 5 words have 3 levels each, and at their top a bit of the last level. The first and third of a word make a pair,
     * the second ones of two words do, and that of the last word and the last level.
     */
    private void five(Mem unit, int pair, Consumer consumer) {
        Ymm word = temporaries.get(0);
        Ymm levels = temporaries.get(1);
        Ymm part = temporaries.get(2);
        Ymm second = temporaries.get(3);
        Ymm last = temporaries.get(4);
        Ymm low = masks.get(0);
        Ymm high = masks.get(1);
        Ymm top = masks.get(2);
        for (int i = 0; i < 5; i++) {
            assembler.vmovdqu(word, word(unit, i));
            assembler.vpand(levels, word, low);
            assembler.vpsrlw(part, word, 2);
            assembler.vpand(part, part, high);
            assembler.vpor(levels, levels, part);
            consumer.accept(levels, pair + i);
            if (i == 0) {
                assembler.vpand(last, word, top);
            } else {
                assembler.vpand(part, word, top);
                assembler.vpsrlw(last, last, 1);
                assembler.vpor(last, last, part);
            }
            if (i % 2 == 0) {
                assembler.vpsrlw(second, word, 5);
                assembler.vpand(second, second, low);
            } else {
                assembler.vpsllw(part, word, 3);
                assembler.vpand(part, part, high);
                assembler.vpor(second, second, part);
                consumer.accept(second, pair + 5 + i / 2);
            }
        }
        assembler.vpsrlw(last, last, 3);
        assembler.vpor(second, second, last);
        consumer.accept(second, pair + 7);
    }

    /** 3 words have 2 levels each, and at their tops, 4 bits each, two more. */
    private void six(Mem unit, int pair, Consumer consumer) {
        Ymm word = temporaries.get(0);
        Ymm levels = temporaries.get(1);
        Ymm part = temporaries.get(2);
        Ymm last = temporaries.get(3);
        for (int i = 0; i < 3; i++) {
            assembler.vmovdqu(word, word(unit, i));
            assembler.vpand(levels, word, masks.get(0));
            assembler.vpsllw(part, word, 2);
            assembler.vpand(part, part, masks.get(1));
            assembler.vpor(levels, levels, part);
            consumer.accept(levels, pair + i);
            switch (i) {
                case 0 -> assembler.vpsrlw(last, word, 12);
                case 1 -> {
                    or(last, word, 8, masks.get(2));
                    or(last, word, 6, masks.get(3));
                }
                default -> or(last, word, 2, masks.get(4));
            }
        }
        consumer.accept(last, pair + 3);
    }

    private void or(Ymm target, Ymm word, int shift, Ymm mask) {
        Ymm part = temporaries.get(2);
        assembler.vpsrlw(part, word, shift);
        assembler.vpand(part, part, mask);
        assembler.vpor(target, target, part);
    }
}
