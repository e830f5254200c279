// Generated from docs/openapi/token-service.json.

export interface paths {
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process runs. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It runs */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description An OpenAPI document, version 3.1 */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Evaluates blinded keywords with the domain's key (RFC 9497), for whom the chain permits to search. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EvaluationRequest"];
                };
            };
            responses: {
                /** @description For each group its answer, with a proof */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["EvaluationAnswer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/evaluations/patients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Evaluates the same blinded keywords for many patients, of whom the chain permits each by itself. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PatientsEvaluationRequest"];
                };
            };
            responses: {
                /** @description For each patient the answers with their proofs, or why not */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PatientsEvaluationAnswer"];
                    };
                };
                default: components["responses"]["Problem"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account of the chain: a public key of 32 bytes. */
        AccountId: string;
        /** @description What is asked about one field in one segment: blinded keywords, as they came over the wire. */
        BlindGroup: {
            /** @description The blinded keywords, 1 to 256; in JSON 64 hexadecimal digits each. */
            elements: string[];
            /** @description The field of all of them. */
            field: components["schemas"]["Field"];
            /**
             * Format: uint32
             * @description The segment that the keys are for.
             */
            segment: number;
        };
        /** @description What a researcher declares, in GA4GH DUO terms: what they do, and the conditions that they attest to meet, one bit each. */
        Declaration: {
            attested: number;
            /** @enum {string} */
            use_: "Undeclared" | "MethodDevelopment" | "PopulationOriginsAncestry" | "HealthMedicalBiomedical" | "Disease" | "Other";
        };
        /** @description A search domain, numbered from 1. */
        DomainId: number;
        /** @description The answer to a [`BlindGroup`]. */
        EvaluatedGroup: {
            /** @description The evaluated keywords, in the order in which they were asked; in JSON as those of the question. */
            elements: string[];
            /** @description Proof that all of them were evaluated with the key of the domain; in JSON 128 hexadecimal digits. */
            proof: string;
        };
        /** @description Answer of `POST /v1/evaluations`. */
        EvaluationAnswer: {
            /** @description For each group of the request its answer. */
            groups: components["schemas"]["EvaluatedGroup"][];
        };
        /** @description Body of `POST /v1/evaluations`. */
        EvaluationRequest: {
            /** @description The search domain. */
            domain: components["schemas"]["DomainId"];
            /**
             * Format: uint16
             * @description The epoch of its key.
             */
            epoch: number;
            /** @description What is asked, by field and segment. */
            groups: components["schemas"]["BlindGroup"][];
            /** @description For what: one purpose. */
            purpose: components["schemas"]["Purposes"];
            /**
             * @description What a researcher declares; nothing for other purposes.
             * @default {
             *       "attested": 0,
             *       "use_": "Undeclared"
             *     }
             */
            research: components["schemas"]["Declaration"];
            /** @description Whose records. */
            scope: components["schemas"]["Scope"];
        };
        /**
         * @description What of a record a keyword speaks about.
         * @enum {string}
         */
        Field: "type" | "code" | "category" | "status" | "date/day" | "text" | "code/prefix" | "date/span" | "value/span" | "text/prefix" | "text/fuzzy";
        /** @description What is answered about one of many patients. */
        PatientEvaluation: {
            evaluated: components["schemas"]["EvaluatedGroup"][];
        } | {
            refused: string;
        };
        /** @description Answer of `POST /v1/evaluations/patients`. */
        PatientsEvaluationAnswer: {
            /** @description For each patient of the request the answer. */
            patients: components["schemas"]["PatientEvaluation"][];
        };
        /** @description Body of `POST /v1/evaluations/patients`: the same blinded keywords in the records of many patients. */
        PatientsEvaluationRequest: {
            /** @description The search domain. */
            domain: components["schemas"]["DomainId"];
            /**
             * Format: uint16
             * @description The epoch of its key.
             */
            epoch: number;
            /** @description What is asked of each of them, by field and segment. */
            groups: components["schemas"]["BlindGroup"][];
            /** @description Whose records: 1 to 1,024 patients, each once. */
            patients: components["schemas"]["AccountId"][];
            /** @description For what: one purpose. */
            purpose: components["schemas"]["Purposes"];
        };
        /** @description An error of the HTTP API (RFC 9457, `application/problem+json`). */
        Problem: {
            /** @description The stable code. */
            code: components["schemas"]["ProblemCode"];
            /** @description The particulars of this case; never a person's data. */
            detail?: string | null;
            /** @description What went wrong, finer than the code and as stable: an extension member (RFC 9457, section 3.2). */
            reason?: string;
            /**
             * Format: uint16
             * @description The HTTP status.
             */
            status: number;
            /** @description A sentence about the code. */
            title: string;
            /** @description `about:blank`: the code says what the type would. */
            type: string;
        };
        /** @description The kind of a problem, stable over versions. */
        ProblemCode: "not-found" | "malformed" | "unsigned" | "expired" | "replayed" | "not-permitted" | "too-large" | "not-anchored" | "conflict" | "budget-spent" | "too-many" | "chain-unavailable" | "internal" | "unknown";
        /** @description Purposes of use, one bit each: HL7 v3 PurposeOfUse. */
        Purposes: number;
        /** @description Whose records a key finds. Who may search one patient's scope can search that patient, and nobody else. */
        Scope: {
            patient: components["schemas"]["AccountId"];
        } | "cohort";
    };
    responses: {
        /** @description Why the request was refused (RFC 9457). A denied, an erased and an absent record answer alike. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
