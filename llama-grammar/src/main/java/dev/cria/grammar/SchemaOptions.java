package dev.cria.grammar;

/**
 * How a JSON schema becomes a grammar.
 *
 * @param lenient whether a keyword that cannot be enforced is left out with a warning ({@link Grammar#warnings()});
 *        otherwise, by default, it is an exception
 * @param anyOrder whether the members of an object may come in any order; otherwise, by default, they come in the order
 *        in which the schema names them. With more than 8 named properties any order is refused.
 */
public record SchemaOptions(boolean lenient, boolean anyOrder) {
    /** Exceptions for what cannot be enforced, members in the schema's order. */
    public static final SchemaOptions DEFAULT = new SchemaOptions(false, false);

    /** {@return these options, with warnings for what cannot be enforced} */
    public SchemaOptions withLenient(boolean lenient) {
        return new SchemaOptions(lenient, anyOrder);
    }

    /** {@return these options, with members in any order} */
    public SchemaOptions withAnyOrder(boolean anyOrder) {
        return new SchemaOptions(lenient, anyOrder);
    }
}
