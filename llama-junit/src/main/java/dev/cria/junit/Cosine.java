package dev.cria.junit;

/** The cosine of the angle between two vectors: 1 for the same direction, 0 for a right angle. */
final class Cosine {
    private Cosine() {}

    static double between(float[] a, float[] b) {
        double product = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squaresOfA += (double) a[i] * a[i];
            squaresOfB += (double) b[i] * b[i];
        }
        return product / Math.sqrt(squaresOfA * squaresOfB);
    }
}
