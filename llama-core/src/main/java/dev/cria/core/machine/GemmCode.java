package dev.cria.core.machine;

import static dev.cria.core.Matrix.PANEL_ROWS;
import static dev.cria.core.machine.x86.Gpr.R10;
import static dev.cria.core.machine.x86.Gpr.R11;
import static dev.cria.core.machine.x86.Gpr.R8;
import static dev.cria.core.machine.x86.Gpr.R9;
import static dev.cria.core.machine.x86.Gpr.RAX;
import static dev.cria.core.machine.x86.Gpr.RBX;
import static dev.cria.core.machine.x86.Gpr.RCX;
import static dev.cria.core.machine.x86.Gpr.RDI;
import static dev.cria.core.machine.x86.Gpr.RDX;
import static dev.cria.core.machine.x86.Gpr.RSI;
import static dev.cria.core.machine.x86.Gpr.RSP;
import static dev.cria.core.machine.x86.Ymm.YMM12;
import static dev.cria.core.machine.x86.Ymm.YMM13;
import static dev.cria.core.machine.x86.Ymm.YMM14;
import static dev.cria.core.machine.x86.Ymm.YMM15;

import dev.cria.core.Q8Blocks;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.machine.x86.Assembler;
import dev.cria.core.machine.x86.Gpr;
import dev.cria.core.machine.x86.Mem;
import dev.cria.core.machine.x86.Ymm;
import java.util.Optional;

/**
 * Products of an unpacked tile of a panel with some rows of inputs: of 32 rows of weights with up to six of inputs, so
 * that their sums stay in 12 registers, two are levels and two are left.
 *
 * <p>{@code void gemm(levels, scales, blocks, blocksStride, out, outStride, strips, scratch)} adds products of levels
 * and scales to the outputs. {@code void summands(...)}, with summands in the place of scales and groups of 32 columns,
 * adds those of summands and the inputs' sums; it leaves levels and scratch space alone. Strides are in bytes.
 *
 * <p>The outputs are in the scratch space meanwhile, and so are sums that are put aside: rows of outputs are often a
 * multiple of 4 KiB apart, so that their lines would drive each other out of the L1 cache.
 *
 * @param assembler receives the code
 * @param groupColumns columns that have a scale, 16 or 32
 */
record GemmCode(Assembler assembler, int groupColumns) {
    /** The most rows of inputs. */
    static final int MOST_ROWS = 6;
    /** Bytes of the scratch space. */
    static final int SCRATCH_BYTES = MOST_ROWS * PANEL_ROWS * (Float.BYTES + Short.BYTES);

    /** Vectors of 16-bit sums for a row of inputs. */
    private static final int VECTORS = PANEL_ROWS * Short.BYTES / VectorCode.BYTES;
    private static final int BLOCK_BYTES = Q8Blocks.INTS * Integer.BYTES;
    private static final int ROW_BYTES = PANEL_ROWS * Float.BYTES;
    /** Where sums are put aside in the scratch space, behind the outputs. */
    private static final int ASIDE = MOST_ROWS * ROW_BYTES;
    private static final Gpr THREE_STRIDES = R10;

    /** Writes the product of scales and levels; {@return its entry} */
    int write(int rows) {
        assembler.align(64);
        int entry = assembler.position();
        assembler.endbr64();
        assembler.push(RBX);
        assembler.mov(RAX, Mem.at(RSP, 16));
        assembler.mov(RBX, Mem.at(RSP, 24));
        rowsFromThree(RDX, RCX, THREE_STRIDES);
        rowsFromThree(R8, R9, R11);
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < PANEL_ROWS; i += VectorCode.FLOATS) {
                assembler.vmovdqu(YMM12, out(row, i));
                assembler.vmovdqu(sums(row, i), YMM12);
            }
        }
        int strip = assembler.position();
        int groups = QuantizedLayout.STRIP / groupColumns;
        for (int group = 0; group < groups; group++) {
            sums(rows, group, Q8Blocks.PAIRS / groups);
            if (group < groups - 1) {
                for (int i = 0; i < VECTORS * rows; i++) {
                    assembler.vmovdqu(Mem.at(RBX, ASIDE + i * VectorCode.BYTES), Ymm.of(i));
                }
            }
        }
        for (int row = 0; row < rows; row++) {
            assembler.vpbroadcastd(YMM12, input(row, Q8Blocks.SCALE));
            for (int i = 0; i < VECTORS; i++) {
                floats(row, i, false);
                floats(row, i, true);
            }
        }
        assembler.add(RDI, UnpackCode.STRIP_BYTES);
        assembler.add(RSI, groups * ROW_BYTES);
        assembler.add(RDX, BLOCK_BYTES);
        assembler.add(THREE_STRIDES, BLOCK_BYTES);
        assembler.sub(RAX, 1);
        assembler.jumpBack(strip);
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < PANEL_ROWS; i += VectorCode.FLOATS) {
                assembler.vmovdqu(YMM12, sums(row, i));
                assembler.vmovdqu(out(row, i), YMM12);
            }
        }
        assembler.pop(RBX);
        assembler.vzeroupper();
        assembler.ret();
        return entry;
    }

    /** Points to the row three rows further. */
    private void rowsFromThree(Gpr rows, Gpr stride, Gpr target) {
        assembler.lea(target, new Mem(rows, Optional.of(stride), 2, 0));
        assembler.lea(target, new Mem(target, Optional.of(stride), 1, 0));
    }

    private static Mem row(Gpr rows, Gpr fromThree, Gpr stride, int row, int displacement) {
        Gpr base = row < 3 ? rows : fromThree;
        return row % 3 == 0
                ? Mem.at(base, displacement)
                : new Mem(base, Optional.of(stride), row % 3, displacement);
    }

    private static Mem input(int row, int index) {
        return row(RDX, THREE_STRIDES, RCX, row, index * Integer.BYTES);
    }

    private static Mem out(int row, int index) {
        return row(R8, R11, R9, row, index * Float.BYTES);
    }

    private static Mem sums(int row, int index) {
        return Mem.at(RBX, row * ROW_BYTES + index * Float.BYTES);
    }

    /** Sums of a group in the first registers. */
    private void sums(int rows, int group, int count) {
        for (int row = 0; row < rows; row++) {
            Ymm first = Ymm.of(VECTORS * row);
            assembler.vpbroadcastd(first, input(row, Q8Blocks.CORRECTION + group));
            assembler.vmovdqa(Ymm.of(VECTORS * row + 1), first);
        }
        for (int pair = group * count; pair < (group + 1) * count; pair++) {
            assembler.vmovdqu(YMM12, Mem.at(RDI, pair * VECTORS * VectorCode.BYTES));
            assembler.vmovdqu(YMM13, Mem.at(RDI, pair * VECTORS * VectorCode.BYTES + VectorCode.BYTES));
            for (int row = 0; row < rows; row++) {
                Ymm first = Ymm.of(VECTORS * row);
                Ymm second = Ymm.of(VECTORS * row + 1);
                assembler.vpbroadcastd(YMM14, input(row, pair));
                assembler.vpmaddubsw(YMM15, YMM12, YMM14);
                assembler.vpaddw(first, first, YMM15);
                assembler.vpmaddubsw(YMM14, YMM13, YMM14);
                assembler.vpaddw(second, second, YMM14);
            }
        }
    }

    private void floats(int row, int part, boolean upper) {
        int first = part * VectorCode.FLOATS + (upper ? QuantizedLayout.HALF : 0);
        int sum = VECTORS * row + part;
        Mem scale = Mem.at(RSI, first * Float.BYTES);
        VectorCode.halfToFloats(assembler, YMM13, Ymm.of(sum), upper);
        if (groupColumns == QuantizedLayout.STRIP) {
            // out = sum * (scale * input scale) + out
            assembler.vmulps(YMM14, YMM12, scale);
            assembler.vfmadd213ps(YMM13, YMM14, sums(row, first));
        } else {
            // out = (second sum * second scale + first sum * first scale) * input scale + out
            assembler.vmovdqu(YMM14, Mem.at(RBX, ASIDE + sum * VectorCode.BYTES));
            VectorCode.halfToFloats(assembler, YMM14, YMM14, upper);
            assembler.vmulps(YMM14, YMM14, scale);
            assembler.vmovdqu(YMM15, scale.plus(ROW_BYTES));
            assembler.vfmadd213ps(YMM13, YMM15, YMM14);
            assembler.vfmadd213ps(YMM13, YMM12, sums(row, first));
        }
        assembler.vmovdqu(sums(row, first), YMM13);
    }

    /** Writes the product of summands, where scales are for {@link #write}; {@return its entry} */
    int writeSummands(int rows) {
        assembler.align(64);
        int entry = assembler.position();
        assembler.endbr64();
        assembler.push(RBX);
        assembler.mov(RBX, RDX);
        rowsFromThree(R8, R9, R11);
        // two vectors of rows at a time: their sums for six inputs take 12 registers
        for (int part = 0; part < PANEL_ROWS / VectorCode.FLOATS; part += VECTORS) {
            int from = part * VectorCode.FLOATS;
            assembler.mov(RAX, Mem.at(RSP, 16));
            assembler.mov(RDI, RSI);
            assembler.mov(RDX, RBX);
            rowsFromThree(RDX, RCX, THREE_STRIDES);
            for (int i = 0; i < VECTORS * rows; i++) {
                assembler.vpxor(Ymm.of(i), Ymm.of(i), Ymm.of(i));
            }
            int strip = assembler.position();
            for (int row = 0; row < rows; row++) {
                assembler.vpbroadcastd(YMM12, input(row, Q8Blocks.WEIGHTED_SUM));
                for (int i = 0; i < VECTORS; i++) {
                    assembler.vfmadd231ps(Ymm.of(VECTORS * row + i), YMM12,
                            Mem.at(RDI, (from + i * VectorCode.FLOATS) * Float.BYTES));
                }
            }
            assembler.add(RDI, ROW_BYTES);
            assembler.add(RDX, BLOCK_BYTES);
            assembler.add(THREE_STRIDES, BLOCK_BYTES);
            assembler.sub(RAX, 1);
            assembler.jumpBack(strip);
            for (int row = 0; row < rows; row++) {
                for (int i = 0; i < VECTORS; i++) {
                    Ymm sum = Ymm.of(VECTORS * row + i);
                    Mem out = out(row, from + i * VectorCode.FLOATS);
                    assembler.vaddps(sum, sum, out);
                    assembler.vmovdqu(out, sum);
                }
            }
        }
        assembler.pop(RBX);
        assembler.vzeroupper();
        assembler.ret();
        return entry;
    }
}
