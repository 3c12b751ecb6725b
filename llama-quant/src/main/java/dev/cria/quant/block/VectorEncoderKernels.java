package dev.cria.quant.block;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link EncoderKernels} in the Vector API, as many groups at a time as a vector has lanes. The groups are transposed
 * first: place i of all lanes lies together. Between the steps of a search its state rests in arrays, because C2 keeps
 * vectors in registers only within methods that are not too large.
 */
final class VectorEncoderKernels implements EncoderKernels {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() > 16
            ? FloatVector.SPECIES_512
            : FloatVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final int MANTISSA = 0x007fffff;
    private static final int ZERO_LEVEL = 0x00400000;

    @Override
    public void fit(AffineSearch search, float[] x, int offset, int groups, GroupFits fits) {
        AffineLanes lanes = new AffineLanes(search);
        int whole = groups / LANES * LANES;
        for (int group = 0; group < whole; group += LANES) {
            lanes.fit(x, offset + group * search.length(), group, fits);
        }
        for (int group = whole; group < groups; group++) {
            search.fit(x, offset + group * search.length(), group, fits);
        }
    }

    @Override
    public void fit(ScaleSearch search, float[] x, int offset, int groups, GroupFits fits) {
        float[] values = new float[search.length() * LANES];
        int whole = groups / LANES * LANES;
        for (int group = 0; group < whole; group += LANES) {
            transpose(x, offset + group * search.length(), search.length(), values);
            fit(search, values, group, fits);
        }
        for (int group = whole; group < groups; group++) {
            search.fit(x, offset + group * search.length(), group, fits);
        }
    }

    private static void fit(ScaleSearch search, float[] values, int group, GroupFits fits) {
        FloatVector largest = FloatVector.zero(FLOATS);
        FloatVector extreme = largest;
        for (int at = 0; at < values.length; at += LANES) {
            FloatVector value = FloatVector.fromArray(FLOATS, values, at);
            FloatVector magnitude = value.abs();
            VectorMask<Float> larger = magnitude.compare(VectorOperators.GT, largest);
            largest = largest.blend(magnitude, larger);
            extreme = extreme.blend(value, larger);
        }
        FloatVector scale = FloatVector.zero(FLOATS);
        FloatVector best = scale;
        FloatVector bestInverse = scale;
        for (int attempt = 0; attempt < ScaleSearch.ATTEMPTS; attempt++) {
            FloatVector inverse = FloatVector.broadcast(FLOATS, search.extremeLevel(attempt)).div(extreme);
            FloatVector sumXL = FloatVector.zero(FLOATS);
            FloatVector sumLL = sumXL;
            for (int at = 0; at < values.length; at += LANES) {
                FloatVector value = FloatVector.fromArray(FLOATS, values, at);
                FloatVector level = level(inverse.mul(value), -search.levels(), search.levels() - 1);
                FloatVector w = value.mul(value);
                sumXL = sumXL.add(w.mul(value).mul(level));
                sumLL = sumLL.add(w.mul(level).mul(level));
            }
            VectorMask<Float> better = sumXL.mul(sumXL).compare(VectorOperators.GT, best.mul(sumLL))
                    .and(sumLL.compare(VectorOperators.GT, 0));
            better = attempt == 0 ? FLOATS.maskAll(true) : better;
            FloatVector fitted = sumXL.div(sumLL).blend(0, sumLL.compare(VectorOperators.EQ, 0));
            scale = scale.blend(fitted, better);
            best = best.blend(fitted.mul(sumXL), better);
            bestInverse = bestInverse.blend(inverse, better);
        }
        VectorMask<Float> zero = extreme.abs().compare(VectorOperators.LT, ScaleSearch.ZERO);
        scale.blend(0, zero).intoArray(fits.scales, group);
        bestInverse.blend(Float.NaN, zero).intoArray(fits.inverses, group);
        FloatVector.zero(FLOATS).intoArray(fits.minima, group);
        FloatVector.zero(FLOATS).intoArray(fits.bases, group);
    }

    @Override
    public void round(float[] x, int offset, int count, float shift, float divisor, int least, int greatest,
            int[] levels, int levelOffset) {
        FloatVector shifts = FloatVector.broadcast(FLOATS, shift);
        FloatVector divisors = FloatVector.broadcast(FLOATS, divisor);
        for (int i = 0; i < count; i += LANES) {
            FloatVector value = FloatVector.fromArray(FLOATS, x, offset + i).add(shifts).div(divisors);
            halfEven(value, least, greatest).intoArray(levels, levelOffset + i);
        }
    }

    /** {@link Rounding#halfEven}, lane by lane. */
    private static IntVector halfEven(FloatVector value, int least, int greatest) {
        return value.add(Rounding.MAGIC).reinterpretAsInts().and(MANTISSA).sub(ZERO_LEVEL).max(least).min(greatest);
    }

    private static FloatVector level(FloatVector value, int least, int greatest) {
        return (FloatVector) halfEven(value, least, greatest).convert(VectorOperators.I2F, 0);
    }

    private static void transpose(float[] x, int offset, int length, float[] target) {
        for (int lane = 0; lane < LANES; lane++) {
            int from = offset + lane * length;
            for (int i = 0; i < length; i++) {
                target[i * LANES + lane] = x[from + i];
            }
        }
    }

    /** One {@link AffineSearch} in every lane. */
    private static final class AffineLanes {
        private final AffineSearch search;
        private final float[] values;
        private final float[] importance;
        private final float[] levels;
        private final float[] sumW = new float[LANES];
        private final float[] sumX = new float[LANES];
        private final float[] sumL = new float[LANES];
        private final float[] sumLL = new float[LANES];
        private final float[] sumXL = new float[LANES];
        private final float[] least = new float[LANES];
        private final float[] most = new float[LANES];
        private final float[] bestError = new float[LANES];
        private final float[] scale = new float[LANES];
        private final float[] minimum = new float[LANES];
        private final float[] inverse = new float[LANES];
        private final float[] base = new float[LANES];
        private final float[] triedInverse = new float[LANES];
        private final float[] triedScale = new float[LANES];
        private final float[] triedMinimum = new float[LANES];
        private final float[] triedError = new float[LANES];

        AffineLanes(AffineSearch search) {
            this.search = search;
            this.values = new float[search.length() * LANES];
            this.importance = new float[search.length() * LANES];
            this.levels = new float[search.length() * LANES];
        }

        void fit(float[] x, int offset, int group, GroupFits fits) {
            transpose(x, offset, search.length(), values);
            weigh();
            measure();
            load(least).intoArray(minimum, 0);
            roundAndSum(search.greatest());
            begin();
            for (int step = 0; step <= search.steps(); step++) {
                roundAndSum(search.span(step));
                solve();
                if (search.absolute()) {
                    magnitudes();
                } else {
                    squares();
                }
                keepBetter();
            }
            VectorMask<Float> constant = load(most).compare(VectorOperators.EQ, load(least));
            load(scale).blend(0, constant).intoArray(fits.scales, group);
            load(minimum).blend(load(least), constant).neg().intoArray(fits.minima, group);
            load(inverse).blend(0, constant).intoArray(fits.inverses, group);
            load(base).blend(load(least), constant).intoArray(fits.bases, group);
        }

        private static FloatVector load(float[] lanes) {
            return FloatVector.fromArray(FLOATS, lanes, 0);
        }

        private void weigh() {
            FloatVector spread = FloatVector.zero(FLOATS);
            if (!search.absolute()) {
                FloatVector squares = spread;
                for (int at = 0; at < values.length; at += LANES) {
                    FloatVector value = FloatVector.fromArray(FLOATS, values, at);
                    squares = squares.add(value.mul(value));
                }
                spread = squares.div(search.length()).sqrt();
            }
            for (int at = 0; at < values.length; at += LANES) {
                spread.add(FloatVector.fromArray(FLOATS, values, at).abs()).intoArray(importance, at);
            }
        }

        private void measure() {
            FloatVector low = load(values);
            FloatVector high = low;
            FloatVector w = load(importance);
            FloatVector wx = w.mul(low);
            for (int at = LANES; at < values.length; at += LANES) {
                FloatVector value = FloatVector.fromArray(FLOATS, values, at);
                FloatVector weight = FloatVector.fromArray(FLOATS, importance, at);
                low = low.blend(value, value.compare(VectorOperators.LT, low));
                high = high.blend(value, value.compare(VectorOperators.GT, high));
                w = w.add(weight);
                wx = wx.add(weight.mul(value));
            }
            low.blend(0, low.compare(VectorOperators.GT, 0)).intoArray(least, 0);
            high.intoArray(most, 0);
            w.intoArray(sumW, 0);
            wx.intoArray(sumX, 0);
        }

        /** The rounding that makes the group span so many levels. */
        private void roundAndSum(float span) {
            FloatVector from = load(minimum);
            FloatVector factor = FloatVector.broadcast(FLOATS, span).div(load(most).sub(from));
            FloatVector l = FloatVector.zero(FLOATS);
            FloatVector ll = l;
            FloatVector xl = l;
            int greatest = search.greatest();
            for (int at = 0; at < values.length; at += LANES) {
                FloatVector value = FloatVector.fromArray(FLOATS, values, at);
                FloatVector level = level(factor.mul(value.sub(from)), 0, greatest);
                level.intoArray(levels, at);
                FloatVector weighted = FloatVector.fromArray(FLOATS, importance, at).mul(level);
                l = l.add(weighted);
                ll = ll.add(weighted.mul(level));
                xl = xl.add(weighted.mul(value));
            }
            factor.intoArray(triedInverse, 0);
            l.intoArray(sumL, 0);
            ll.intoArray(sumLL, 0);
            xl.intoArray(sumXL, 0);
        }

        /** The plain rounding, without a fit, is what the others are compared with. */
        private void begin() {
            FloatVector factor = load(triedInverse);
            factor.intoArray(inverse, 0);
            FloatVector.broadcast(FLOATS, 1).div(factor).intoArray(scale, 0);
            load(scale).intoArray(triedScale, 0);
            load(least).intoArray(triedMinimum, 0);
            load(least).intoArray(base, 0);
            if (search.absolute()) {
                magnitudes();
            } else {
                squares();
            }
            load(triedError).intoArray(bestError, 0);
        }

        /**
         * Least squares. Where there is no solution the scale is not a number, nor is the error then, which never is
         * the better one.
         */
        private void solve() {
            FloatVector w = load(sumW);
            FloatVector x = load(sumX);
            FloatVector l = load(sumL);
            FloatVector ll = load(sumLL);
            FloatVector xl = load(sumXL);
            FloatVector determinant = w.mul(ll).sub(l.mul(l));
            FloatVector fitted = w.mul(xl).sub(x.mul(l)).div(determinant);
            FloatVector offset = ll.mul(x).sub(l.mul(xl)).div(determinant);
            VectorMask<Float> above = offset.compare(VectorOperators.GT, 0);
            fitted = fitted.blend(xl.div(ll), above);
            VectorMask<Float> solved = determinant.compare(VectorOperators.GT, 0);
            FloatVector.broadcast(FLOATS, Float.NaN).blend(fitted, solved).intoArray(triedScale, 0);
            offset.blend(0, above).intoArray(triedMinimum, 0);
        }

        private void squares() {
            FloatVector factor = load(triedScale);
            FloatVector offset = load(triedMinimum);
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int at = 0; at < values.length; at += LANES) {
                FloatVector difference = factor.mul(FloatVector.fromArray(FLOATS, levels, at)).add(offset)
                        .sub(FloatVector.fromArray(FLOATS, values, at));
                sum = sum.add(FloatVector.fromArray(FLOATS, importance, at).mul(difference.mul(difference)));
            }
            sum.intoArray(triedError, 0);
        }

        private void magnitudes() {
            FloatVector factor = load(triedScale);
            FloatVector offset = load(triedMinimum);
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int at = 0; at < values.length; at += LANES) {
                FloatVector difference = factor.mul(FloatVector.fromArray(FLOATS, levels, at)).add(offset)
                        .sub(FloatVector.fromArray(FLOATS, values, at));
                sum = sum.add(FloatVector.fromArray(FLOATS, importance, at).mul(difference.abs()));
            }
            sum.intoArray(triedError, 0);
        }

        private void keepBetter() {
            FloatVector error = load(triedError);
            FloatVector best = load(bestError);
            VectorMask<Float> better = error.compare(VectorOperators.LT, best);
            best.blend(error, better).intoArray(bestError, 0);
            load(inverse).blend(load(triedInverse), better).intoArray(inverse, 0);
            load(base).blend(load(minimum), better).intoArray(base, 0);
            load(scale).blend(load(triedScale), better).intoArray(scale, 0);
            load(minimum).blend(load(triedMinimum), better).intoArray(minimum, 0);
        }
    }
}
