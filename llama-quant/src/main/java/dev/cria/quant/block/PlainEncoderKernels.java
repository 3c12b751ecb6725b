package dev.cria.quant.block;

/** {@link EncoderKernels} one group after another. */
final class PlainEncoderKernels implements EncoderKernels {
    static final EncoderKernels INSTANCE = new PlainEncoderKernels();

    private PlainEncoderKernels() {}

    @Override
    public void fit(AffineSearch search, float[] x, int offset, int groups, GroupFits fits) {
        for (int group = 0; group < groups; group++) {
            search.fit(x, offset + group * search.length(), group, fits);
        }
    }

    @Override
    public void fit(ScaleSearch search, float[] x, int offset, int groups, GroupFits fits) {
        for (int group = 0; group < groups; group++) {
            search.fit(x, offset + group * search.length(), group, fits);
        }
    }

    @Override
    public void round(float[] x, int offset, int count, float shift, float divisor, int least, int greatest,
            int[] levels, int levelOffset) {
        for (int i = 0; i < count; i++) {
            levels[levelOffset + i] = Rounding.halfEven((x[offset + i] + shift) / divisor, least, greatest);
        }
    }
}
