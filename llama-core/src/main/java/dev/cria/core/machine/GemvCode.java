package dev.cria.core.machine;

import static dev.cria.core.QuantizedLayout.TOGETHER;
import static dev.cria.core.machine.x86.Gpr.R10;
import static dev.cria.core.machine.x86.Gpr.R11;
import static dev.cria.core.machine.x86.Gpr.R8;
import static dev.cria.core.machine.x86.Gpr.R9;
import static dev.cria.core.machine.x86.Gpr.RAX;
import static dev.cria.core.machine.x86.Gpr.RCX;
import static dev.cria.core.machine.x86.Gpr.RDI;
import static dev.cria.core.machine.x86.Gpr.RDX;
import static dev.cria.core.machine.x86.Gpr.RSI;
import static dev.cria.core.machine.x86.Ymm.YMM13;
import static dev.cria.core.machine.x86.Ymm.YMM14;
import static dev.cria.core.machine.x86.Ymm.YMM15;
import static dev.cria.core.machine.x86.Ymm.YMM4;
import static dev.cria.core.machine.x86.Ymm.YMM5;
import static dev.cria.core.machine.x86.Ymm.YMM6;
import static dev.cria.core.machine.x86.Ymm.YMM7;
import static dev.cria.core.machine.x86.Ymm.YMM8;
import static dev.cria.core.machine.x86.Ymm.YMM9;

import dev.cria.core.LevelTile;
import dev.cria.core.Matrix;
import dev.cria.core.Q8Blocks;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Gpr;
import dev.cria.core.machine.x86.Mem;
import dev.cria.core.machine.x86.Ymm;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The product of two panels, 64 rows of weights, with one row of inputs:
 * {@code void gemv(weights, blocks, out, strips, scratch)}. For each strip of 32 columns, pairs of levels are
 * multiplied with pairs of quants to sums of 16 bits, which are exact modulo 2^16, and then the sums with their scales.
 * The 64 outputs are in the scratch space meanwhile, and so are as many summands, sums that are put aside and the
 * factors of a block. It begins with a cache line, as what is stored across two lines takes long to load again.
 *
 * @param assembler receives the code
 * @param layout how weights lie in memory
 */
record GemvCode(Assembler assembler, QuantizedLayout layout) {
    /** Rows of a product. */
    static final int ROWS = TOGETHER * Matrix.PANEL_ROWS;
    /** Bytes of the scratch space. */
    static final int SCRATCH_BYTES = 4 * ROWS * Float.BYTES + ROWS * Short.BYTES;

    /** Vectors of 16-bit sums: of 16 rows each. */
    private static final int SUMS = ROWS / 16;
    // where these are in the scratch space
    private static final int SUMMANDS = ROWS * Float.BYTES;
    private static final int ASIDE = 2 * SUMMANDS;
    private static final int FACTORS = ASIDE + ROWS * Short.BYTES;
    private static final int TILE_STRIPS = LevelTile.COLUMNS / QuantizedLayout.STRIP;
    private static final int BLOCK_BYTES = Q8Blocks.INTS * Integer.BYTES;

    private static final Ymm INPUT = YMM9;
    private static final Ymm CENTRE = YMM13;
    private static final Ymm INPUT_SUM = YMM14;
    private static final Ymm INPUT_SCALE = YMM15;

    /** Writes the function; {@return its entry} */
    int write(int constants) {
        assembler.align(64);
        int entry = assembler.position();
        assembler.endbr64();
        assembler.leaCode(R11, constants);
        PairCode pairs = new PairCode(assembler, layout.coding(), List.of(YMM4, YMM5, YMM6, YMM7, YMM8),
                IntStream.range(10, 10 + PairCode.masks(layout.coding())).mapToObj(Ymm::of).toList());
        pairs.loadMasks(RAX);
        ScaleCode scales = new ScaleCode(assembler, layout, RAX, RDI, R11);
        if (layout.summed()) {
            VectorCode.broadcast(assembler, CENTRE, layout.coding().centre(), RAX);
        }
        copy(RDX, R8, ROWS * Float.BYTES);
        int tile = assembler.position();
        if (layout.summed()) {
            assembler.mov(R10, TILE_STRIPS);
            assembler.cmp(RCX, R10);
            assembler.cmovl(R10, RCX);
            assembler.vpxor(YMM4, YMM4, YMM4);
            for (int i = 0; i < ROWS / VectorCode.FLOATS; i++) {
                assembler.vmovdqu(Mem.at(R8, SUMMANDS + i * VectorCode.BYTES), YMM4);
            }
        } else {
            assembler.mov(R10, RCX);
        }
        int block = assembler.position();
        if (layout.halfScales()) {
            assembler.mov(RAX, RDI);
        } else {
            // where they were read again for each strip, memory was read at less than half the speed
            assembler.lea(RAX, Mem.at(R8, FACTORS));
            copy(RDI, RAX, TOGETHER * layout.factorsBytes());
        }
        assembler.add(RDI, TOGETHER * layout.factorsBytes());
        if (!layout.halfScales()) {
            assembler.mov(R9, layout.blockStrips());
        }
        int strip = assembler.position();
        strip(pairs, scales);
        assembler.add(RDI, TOGETHER * layout.stripBytes());
        assembler.add(RSI, BLOCK_BYTES);
        if (!layout.halfScales()) {
            assembler.sub(R9, 1);
            assembler.jumpBack(strip);
        }
        assembler.sub(R10, layout.blockStrips());
        assembler.jumpBack(block);
        if (layout.summed()) {
            for (int i = 0; i < ROWS / VectorCode.FLOATS; i++) {
                Mem sums = Mem.at(R8, i * VectorCode.BYTES);
                assembler.vmovdqu(YMM4, sums);
                assembler.vaddps(YMM4, YMM4, sums.plus(SUMMANDS));
                assembler.vmovdqu(sums, YMM4);
            }
            assembler.sub(RCX, TILE_STRIPS);
            assembler.jumpBack(tile);
        }
        copy(R8, RDX, ROWS * Float.BYTES);
        assembler.vzeroupper();
        assembler.ret();
        return entry;
    }

    private void copy(Gpr from, Gpr to, int bytes) {
        for (int i = 0; i < bytes; i += VectorCode.BYTES) {
            assembler.vmovdqu(YMM4, Mem.at(from, i));
            assembler.vmovdqu(Mem.at(to, i), YMM4);
        }
    }

    private static Mem input(int index) {
        return Mem.at(RSI, index * Integer.BYTES);
    }

    private void strip(PairCode pairs, ScaleCode scales) {
        int groups = QuantizedLayout.STRIP / layout.groupColumns();
        for (int group = 0; group < groups; group++) {
            sums(pairs, group, Q8Blocks.PAIRS / groups);
            if (group < groups - 1) {
                for (int i = 0; i < SUMS; i++) {
                    assembler.vmovdqu(Mem.at(R8, ASIDE + i * VectorCode.BYTES), Ymm.of(i));
                }
            }
        }
        assembler.vpbroadcastd(INPUT_SCALE, input(Q8Blocks.SCALE));
        if (layout.summed()) {
            assembler.vpbroadcastd(INPUT_SUM, input(Q8Blocks.WEIGHTED_SUM));
        }
        for (int i = 0; i < SUMS; i++) {
            if (layout.halfScales()) {
                halfScales(scales, i);
            } else {
                smallScales(scales, i, false);
                smallScales(scales, i, true);
            }
        }
    }

    /** Sums of a group in the first registers. */
    private void sums(PairCode pairs, int group, int count) {
        for (int i = 0; i < SUMS; i++) {
            assembler.vpbroadcastd(Ymm.of(i), input(Q8Blocks.CORRECTION + group));
        }
        int words = layout.apart(layout.levelStart());
        switch (layout.coding()) {
            case FOUR -> {
                // all rows of a word, so that inputs are loaded once
                int unit = layout.coding().columns() / 2;
                for (int pair = group * count; pair < (group + 1) * count; pair += unit) {
                    assembler.vpbroadcastd(YMM8, input(pair));
                    assembler.vpbroadcastd(INPUT, input(pair + 1));
                    int even = pair;
                    for (int i = 0; i < SUMS; i++) {
                        Ymm sum = Ymm.of(i);
                        pairs.take(Mem.at(RDI, words + i * VectorCode.BYTES), pair, unit, (levels, index) -> {
                            assembler.vpmaddubsw(levels, levels, index == even ? YMM8 : INPUT);
                            assembler.vpaddw(sum, sum, levels);
                        });
                    }
                }
            }
            case FIVE, SIX -> {
                int unit = layout.coding().columns() / 2;
                for (int first = group * count; first < (group + 1) * count; first += unit) {
                    for (int i = 0; i < SUMS; i++) {
                        Ymm sum = Ymm.of(i);
                        pairs.take(Mem.at(RDI, words + i * VectorCode.BYTES), first, unit, (levels, pair) -> {
                            assembler.vpbroadcastd(INPUT, input(pair));
                            assembler.vpmaddubsw(levels, levels, INPUT);
                            assembler.vpaddw(sum, sum, levels);
                        });
                    }
                }
            }
        }
    }

    /** The rows of a vector of sums: its lower halves, and 16 rows further its upper ones. */
    private static int row(int sum, boolean upper) {
        return sum % 2 * VectorCode.FLOATS + (upper ? QuantizedLayout.HALF : 0);
    }

    private static Mem out(int sum, boolean upper) {
        return Mem.at(R8, (sum / 2 * Matrix.PANEL_ROWS + row(sum, upper)) * Float.BYTES);
    }

    private void halfScales(ScaleCode scales, int sum) {
        scales.halves(0, sum / 2, sum % 2, YMM4, YMM5);
        if (layout.summed()) {
            scales.halves(1, sum / 2, sum % 2, YMM6, YMM7);
        }
        add(sum, false, YMM4);
        add(sum, true, YMM5);
        if (layout.summed()) {
            scales.summand(YMM4, YMM6, CENTRE);
            addSummand(sum, false, YMM4);
            scales.summand(YMM5, YMM7, CENTRE);
            addSummand(sum, true, YMM5);
        }
    }

    /** {@code out = sum * (scale * input scale) + out} */
    private void add(int sum, boolean upper, Ymm scale) {
        VectorCode.halfToFloats(assembler, YMM8, Ymm.of(sum), upper);
        assembler.vmulps(YMM9, scale, INPUT_SCALE);
        assembler.vfmadd213ps(YMM8, YMM9, out(sum, upper));
        assembler.vmovdqu(out(sum, upper), YMM8);
    }

    private void addSummand(int sum, boolean upper, Ymm summand) {
        Mem summands = out(sum, upper).plus(SUMMANDS);
        assembler.vfmadd213ps(summand, INPUT_SUM, summands);
        assembler.vmovdqu(summands, summand);
    }

    private void smallScales(ScaleCode scales, int sum, boolean upper) {
        int panel = sum / 2;
        scales.products(0, 0, panel, row(sum, upper), YMM4);
        if (layout.groupColumns() == QuantizedLayout.STRIP) {
            add(sum, upper, YMM4);
        } else {
            // out = (second sum * second scale + first sum * first scale) * input scale + out
            assembler.vmovdqu(YMM5, Mem.at(R8, ASIDE + sum * VectorCode.BYTES));
            VectorCode.halfToFloats(assembler, YMM5, YMM5, upper);
            assembler.vmulps(YMM5, YMM5, YMM4);
            scales.products(0, 1, panel, row(sum, upper), YMM6);
            VectorCode.halfToFloats(assembler, YMM8, Ymm.of(sum), upper);
            assembler.vfmadd213ps(YMM8, YMM6, YMM5);
            assembler.vfmadd213ps(YMM8, INPUT_SCALE, out(sum, upper));
            assembler.vmovdqu(out(sum, upper), YMM8);
        }
        if (layout.summed()) {
            scales.products(1, 0, panel, row(sum, upper), YMM6);
            scales.summand(YMM4, YMM6, CENTRE);
            addSummand(sum, upper, YMM4);
        }
    }
}
