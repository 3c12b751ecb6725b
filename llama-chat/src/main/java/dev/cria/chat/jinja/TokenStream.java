package dev.cria.chat.jinja;

import java.util.List;

/** Tokens one after another. */
final class TokenStream {
    private final List<Token> tokens;
    private int next;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** {@return the token that comes next, which stays there} */
    Token peek() {
        return tokens.get(next);
    }

    /** {@return the token after the one that comes next} */
    Token peekSecond() {
        return tokens.get(Math.min(next + 1, tokens.size() - 1));
    }

    /** {@return the next token; after the last one, that one again} */
    Token next() {
        Token token = tokens.get(next);
        next = Math.min(next + 1, tokens.size() - 1);
        return token;
    }

    boolean skipName(String name) {
        return skip(peek().isName(name));
    }

    boolean skipOperator(String operator) {
        return skip(peek().isOperator(operator));
    }

    private boolean skip(boolean isWanted) {
        if (isWanted) {
            next();
        }
        return isWanted;
    }

    Token expect(Token.Kind kind) {
        return expect(peek().is(kind), kind.description());
    }

    void expectName(String name) {
        expect(peek().isName(name), name);
    }

    void expectOperator(String operator) {
        expect(peek().isOperator(operator), operator);
    }

    private Token expect(boolean isThere, String description) {
        if (!isThere) {
            throw new SyntaxFailure(peek().is(Token.Kind.END)
                    ? "unexpected end of template, expected '" + description + "'."
                    : "expected token '" + description + "', got '" + peek().description() + "'", peek().at());
        }
        return next();
    }
}
