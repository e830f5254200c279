// Generated from docs/openapi/indexer.json.

export interface paths {
    "/fhir/AuditEvent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns what went out of the patient's records as AuditEvents. */
        get: {
            parameters: {
                query?: {
                    /** @description The patient; must be given, so or by `patient:identifier` */
                    patient?: components["schemas"]["AccountId"];
                    /** @description The patient: the system of this chain's accounts, `|`, and the account */
                    "patient:identifier"?: string;
                    /** @description When it was recorded: a FHIR date of any precision, with eq, ge, gt, sa, le, lt or eb before it; up to two of them. A day is one of UTC */
                    date?: string;
                    /** @description The most resources of a page, up to 100; 50 without it, and 0 for the total alone */
                    _count?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/fhir+json": {
                            /** @constant */
                            resourceType: "Bundle";
                        };
                    };
                };
                default: components["responses"]["OperationOutcome"];
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
    "/fhir/AuditEvent/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns an entry of the patient's log of disclosures as an AuditEvent: for the patient. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Its id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/fhir+json": {
                            /** @constant */
                            resourceType: "AuditEvent";
                        };
                    };
                };
                default: components["responses"]["OperationOutcome"];
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
    "/fhir/Consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns the patient's grants as Consents, those that are over too. */
        get: {
            parameters: {
                query?: {
                    /** @description The patient; must be given, so or by `patient:identifier` */
                    patient?: components["schemas"]["AccountId"];
                    /** @description The patient: the system of this chain's accounts, `|`, and the account */
                    "patient:identifier"?: string;
                    /** @description The most resources of a page, up to 100; 50 without it, and 0 for the total alone */
                    _count?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/fhir+json": {
                            /** @constant */
                            resourceType: "Bundle";
                        };
                    };
                };
                default: components["responses"]["OperationOutcome"];
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
    "/fhir/Consent/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a grant as a Consent: for the patient, and while it is not revoked for the grantee. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Its id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/fhir+json": {
                            /** @constant */
                            resourceType: "Consent";
                        };
                    };
                };
                default: components["responses"]["OperationOutcome"];
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
    "/fhir/metadata": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says what is answered in FHIR R4. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/fhir+json": {
                            /** @constant */
                            resourceType: "CapabilityStatement";
                        };
                    };
                };
                default: components["responses"]["OperationOutcome"];
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
                /** @description What was asked for */
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
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether requests can be answered now; if not, the reason says what is waited for. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
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
    "/v1/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stores rows and labels of an anchored batch: for custodians and admins of the domain's organisation. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": string;
                };
            };
            responses: {
                /** @description It is stored */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was there already */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
    "/v1/ciphertexts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stores ciphertexts, all or none: for custodians and admins of organisations. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": string;
                };
            };
            responses: {
                /** @description It is stored */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was there already */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
    "/v1/ciphertexts/large": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Announces a ciphertext that comes in pieces, and returns those that are missing; none once it is stored, whole: for custodians and admins of organisations. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LargeCiphertext"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MissingPieces"];
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
    "/v1/ciphertexts/{record}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a record's ciphertext. */
        get: {
            parameters: {
                query: {
                    /** @description For what: one purpose, by its name (TREAT) or its number */
                    purpose: string;
                };
                header?: never;
                path: {
                    /** @description The record */
                    record: components["schemas"]["RecordId"];
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
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
    "/v1/ciphertexts/{record}/pieces/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Stores a piece of a ciphertext that was announced: for custodians and admins of the organisation that announced it. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The record */
                    record: components["schemas"]["RecordId"];
                    /** @description The number of the piece, from 0 */
                    number: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": string;
                };
            };
            responses: {
                /** @description It is stored */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Counts patients who consent, floored and noised. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CountRequest"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CountAnswer"];
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
    "/v1/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Decides, for custodians' own systems, who may see what: everything on a page, or of a whole search, at once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DecisionRequest"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DecisionAnswer"];
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
    "/v1/disclosures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns what went out of the caller's own records. */
        get: {
            parameters: {
                query: {
                    /** @description The number of the last entry that is known, 0 for none */
                    after: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DisclosureLog"];
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
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notifies of requests, grants, broken glasses, guardians, proposals and erasures that concern the caller, as they are finalized; events named `head` say how far, and `end` why nothing more comes. */
        get: {
            parameters: {
                query?: {
                    /** @description The last notification that is known, `0-0` for none; what is told from now on without it. The header Last-Event-ID counts before it */
                    after?: components["schemas"]["NotificationId"];
                    /** @description The patient whose account the caller controls; the caller without it */
                    patient?: components["schemas"]["AccountId"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["Notification"];
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
    "/v1/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns the caller's permits with keys that were not revoked. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HeldGrant"][];
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
    "/v1/grants/{patient}/{grant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns how a grant's keys are split: for the patient and the grantee. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Whose grant */
                    patient: components["schemas"]["AccountId"];
                    /** @description Its number */
                    grant: components["schemas"]["GrantId"];
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GrantSplit"];
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
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Stores public keys, which the key directory names: those of the account that the caller controls (`?patient=`). */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": string;
                };
            };
            responses: {
                /** @description It is stored */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was there already */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                default: components["responses"]["Problem"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{account}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns an account's public keys of some epochs: for itself and for whoever has a role. */
        get: {
            parameters: {
                query: {
                    /** @description The epoch of each slot on chain: 32 numbers, with commas between */
                    epochs: string;
                };
                header?: never;
                path: {
                    /** @description Whose keys */
                    account: components["schemas"]["AccountId"];
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["KeyAnswer"];
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
    "/v1/label-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Returns the labels of a patient's records, to search in elsewhere: for who may see every one of them. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LabelRunsRequest"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
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
    "/v1/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Returns a record's row, and the proof that it is in its batch. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OpenRequest"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OpenAnswer"];
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
    "/v1/partials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Applies the proxy's share to the capsule of a record that the caller shows, with the proof that it is in its batch. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PresentedTransform"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TransformAnswer"];
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
    "/v1/records/{record}/disclosures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns what went out of a record: for custodians and admins of the organisation that keeps it. */
        get: {
            parameters: {
                query: {
                    /** @description The number of the last entry that is known, 0 for none */
                    after: number;
                };
                header?: never;
                path: {
                    /** @description The record */
                    record: components["schemas"]["RecordId"];
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DisclosureLog"];
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
    "/v1/relabellings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stores new labels of anchored batches: for custodians and admins of the domain's organisation. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/octet-stream": string;
                };
            };
            responses: {
                /** @description It is stored */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was there already */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
    "/v1/relay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Submits and pays for a call that a patient, a guardian or a recovery key has signed, where the indexer relays; the same call again is not paid twice. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RelayRequest"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RelayAnswer"];
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
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Finds records that the caller may see. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SearchRequest"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SearchAnswer"];
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
    "/v1/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stores the sealed parts of a grant's split: for the patient. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ShareDeposit"];
                };
            };
            responses: {
                /** @description It is stored */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description It was there already */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
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
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which deployment this is, which proxy, and how far it has come. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Status"];
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
    "/v1/transform": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Applies the proxy's share to a record's capsule. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TransformRequest"];
                };
            };
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TransformAnswer"];
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
    "/v1/waiting": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns the requests, broken glasses, proposals and wards that wait for the caller. */
        get: {
            parameters: {
                query?: {
                    /** @description The patient whose account the caller controls; the caller without it */
                    patient?: components["schemas"]["AccountId"];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What was asked for */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Waiting"];
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
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An account of the chain: a public key of 32 bytes. */
        AccountId: string;
        /** @description What proves an answer: SCALE in hexadecimal. */
        AnswerEvidence: string;
        /** @description A batch of a domain, numbered from 0. */
        BatchNumber: number;
        /** @description Names a block. */
        BlockId: {
            /** @description Its hash. */
            hash: components["schemas"]["Hash"];
            /**
             * Format: uint32
             * @description Its number.
             */
            number: number;
        };
        /** @description A message key, encapsulated: 160 bytes, not yet verified. */
        Capsule: {
            /** @description e: the challenge. */
            e: components["schemas"]["EncodedScalar"];
            /** @description f: the response. */
            f: components["schemas"]["EncodedScalar"];
            /** @description c: the masked key. */
            masked_key: components["schemas"]["MaskedKey"];
            /** @description U = rG. */
            u: components["schemas"]["EncodedPoint"];
            /** @description Ub = rGb. */
            u_bar: components["schemas"]["EncodedPoint"];
        };
        /**
         * @description How confidential a record is, HL7 v3: N, R or V.
         * @enum {string}
         */
        Confidentiality: "N" | "R" | "V";
        /** @description The contract's decision on one question. */
        ConsentDecision: {
            /**
             * @description The grant that permits; `None` where it is denied, or permitted without one: to the patient, a representative, or in
             *     an emergency.
             */
            grant?: components["schemas"]["GrantId"] | null;
            /** @description Whether it may be shown. */
            permit: boolean;
        };
        /** @description A number of patients, as far as it is told. */
        Count: "fewer" | {
            /** Format: uint32 */
            about: number;
        };
        /** @description Answer of `POST /v1/counts`. */
        CountAnswer: {
            /** @description The finalized block at which the contract was asked. */
            block: components["schemas"]["BlockId"];
            /** @description For each group how many of them have its term in the same record. A patient may be in several. */
            groups: components["schemas"]["Count"][];
            /**
             * Format: uint32
             * @description The rest of that budget, in thousandths of epsilon.
             */
            left: number;
            /**
             * Format: uint32
             * @description The amount that this answer took from the caller's budget of today, in thousandths of epsilon.
             */
            spent: number;
            /** @description The number of patients whom the query finds. */
            total: components["schemas"]["Count"];
        };
        /**
         * @description Body of `POST /v1/counts`: how many patients of the cohort have a record that a query finds, and for each group how
         *     many have one that has the group's term besides.
         */
        CountRequest: {
            /** @description The search domain. */
            domain: components["schemas"]["DomainId"];
            /**
             * @description For each group the number of its term: at most [`MAX_GROUPS`], none to count the whole.
             * @default []
             */
            groups: number[];
            /** @description The purpose: exactly one. */
            purpose: components["schemas"]["Purposes"];
            /** @description The expression over the terms. */
            query: components["schemas"]["Expression"];
            /**
             * @description A researcher's declaration; the default for other purposes.
             * @default {
             *       "attested": 0,
             *       "use_": "Undeclared"
             *     }
             */
            research: components["schemas"]["Declaration"];
            /** @description For each term its tokens, one a segment, of the cohort. */
            terms: components["schemas"]["SearchToken"][][];
        };
        /** @description Answer of `POST /v1/decisions`. */
        DecisionAnswer: {
            /**
             * Format: uint64
             * @description The chain's time in it, in milliseconds since the Unix epoch.
             */
            at: number;
            /** @description The finalized block in whose state the contract decided; the best one's was asked too. */
            block: components["schemas"]["BlockId"];
            /** @description The decisions, in the order of the questions. */
            decisions: components["schemas"]["ConsentDecision"][];
            /**
             * Format: uint32
             * @description How many of them permit: the total to tell of a search that found what was asked about.
             */
            permitted: number;
        };
        /** @description One question. */
        DecisionQuestion: {
            /** @description What it is about. */
            about: components["schemas"]["Subject"];
            /** @description Who would see it. */
            actor: components["schemas"]["AccountId"];
            /** @description For what: exactly one purpose. */
            purpose: components["schemas"]["Purposes"];
            /**
             * @description A researcher's declaration; the default for other purposes.
             * @default {
             *       "attested": 0,
             *       "use_": "Undeclared"
             *     }
             */
            research: components["schemas"]["Declaration"];
        };
        /** @description Body of `POST /v1/decisions`. */
        DecisionRequest: {
            /** @description The questions: 1 to [`MAX_DECISIONS`]. */
            questions: components["schemas"]["DecisionQuestion"][];
        };
        /** @description What a researcher declares, in GA4GH DUO terms: what they do, and the conditions that they attest to meet, one bit each. */
        Declaration: {
            attested: number;
            /** @enum {string} */
            use_: "Undeclared" | "MethodDevelopment" | "PopulationOriginsAncestry" | "HealthMedicalBiomedical" | "Disease" | "Other";
        };
        /** @description One disclosure. */
        Disclosure: {
            /**
             * Format: uint64
             * @description The time by that block's clock, in milliseconds since the Unix epoch.
             */
            at: number;
            /** @description The finalized block at which the contract permitted it. */
            block: components["schemas"]["BlockId"];
            /** @description The grant that permitted it; `None` if the patient asked. */
            grant?: components["schemas"]["GrantId"] | null;
            /** @description The kind of data that was disclosed. */
            kind: components["schemas"]["DisclosureKind"];
            /** @description The patient. */
            patient: components["schemas"]["AccountId"];
            /** @description The purpose. */
            purpose: components["schemas"]["Purposes"];
            /** @description The record. */
            record: components["schemas"]["RecordId"];
            /** @description Hash of the signed request. */
            request: components["schemas"]["Hash"];
            /** @description To whom. */
            requester: components["schemas"]["AccountId"];
        };
        /** @description An entry of the log. */
        DisclosureEntry: {
            /** @description The disclosure. */
            disclosure: components["schemas"]["Disclosure"];
            /** @description Its hash. */
            hash: components["schemas"]["Hash"];
            /**
             * Format: uint64
             * @description Its number, counted from 1.
             */
            number: number;
            /** @description Hash of the entry before, all zero for the first. */
            previous: components["schemas"]["Hash"];
        };
        /** @description The kind of data that was disclosed. */
        DisclosureKind: "row" | "ciphertext" | "transform";
        /**
         * @description Answer of `GET /v1/disclosures`: entries in rising order, without a gap. Of `GET /v1/records/{record}/disclosures`: those
         *     of one record, in rising order.
         */
        DisclosureLog: {
            /** @description The entries. */
            entries: components["schemas"]["DisclosureEntry"][];
        };
        /** @description A search domain, numbered from 1. */
        DomainId: number;
        /** @description EncapsulatedKey: 32 bytes */
        EncapsulatedKey: string;
        /** @description EncodedPoint: 32 bytes */
        EncodedPoint: string;
        /** @description EncodedScalar: 32 bytes */
        EncodedScalar: string;
        /** @description An X25519 public key (RFC 9180), to which others seal. */
        EncryptionKey: string;
        /** @description An expression as it travels: terms are numbers into a list that goes beside it. */
        Expression: {
            /** Format: uint */
            term: number;
        } | {
            and: components["schemas"]["Expression"][];
        } | {
            or: components["schemas"]["Expression"][];
        } | {
            not: components["schemas"]["Expression"];
        };
        /** @description A grant of a patient. */
        GrantId: number;
        /** @description Answer of `GET /v1/grants/{patient}/{grant}`, for the patient and the grantee. */
        GrantSplit: {
            /** @description The delegatee's part, sealed to the delegatee. */
            delegatee?: components["schemas"]["Sealed"] | null;
            /** @description The document: verify it against the chain's commitment ([`GrantSplit::verify`]). */
            document: components["schemas"]["SplitDocument"];
            /** @description What makes a split the patient's that takes the place of the one on chain; `None` for that one. */
            endorsement?: components["schemas"]["SplitEndorsement"] | null;
            /** @description Its salt. */
            salt: components["schemas"]["SplitSalt"];
        };
        /** @description 32 bytes that commit to something, or name a block or a request. */
        Hash: string;
        /** @description The last block of a chain, finalized or best, as a node gave it. */
        Head: {
            /** @description Its hash. */
            hash: components["schemas"]["Hash"];
            /**
             * Format: uint32
             * @description Its number.
             */
            number: number;
            /**
             * Format: uint64
             * @description The chain's time in it, in milliseconds since the Unix epoch.
             */
            timestamp: number;
        };
        /**
         * @description A permit of the caller's with keys that was not revoked, as far as an indexer knows; it may have expired. `GET
         *     /v1/grants` answers with one for each.
         */
        HeldGrant: {
            /** @description The grant. */
            grant: components["schemas"]["GrantId"];
            /** @description To whom it was given. */
            grantee: components["schemas"]["AccountId"];
            /**
             * Format: uint32
             * @description The slots of the grant whose epoch has not moved since it ended: bit `n` for slot `n`. What is filed in them is still
             *     sealed to keys that its grantee had a part of.
             */
            unmoved: number;
            /**
             * Format: uint64
             * @description First millisecond at which it no longer counts, in milliseconds since the Unix epoch.
             */
            until: number;
        };
        /** @description A record that was found and that the contract lets the caller see. */
        Hit: {
            /** @description The author. */
            author: components["schemas"]["AccountId"];
            /**
             * Format: uint64
             * @description The time of authoring, in milliseconds since the Unix epoch.
             */
            authored_at: number;
            /** @description Its batch. */
            batch: components["schemas"]["BatchNumber"];
            /** @description The confidentiality. */
            confidentiality: components["schemas"]["Confidentiality"];
            /**
             * Format: uint32
             * @description Its number in the batch, counted from 0.
             */
            number: number;
            /** @description The patient. */
            patient: components["schemas"]["AccountId"];
            /** @description The record. */
            record: components["schemas"]["RecordId"];
            /** @description Its slot. */
            slot: components["schemas"]["Slot"];
        };
        /** @description Answer of `GET /v1/keys/{account}`: the keys of the epochs that were asked for, not yet verified. */
        KeyAnswer: {
            /** @description What the directory commits to. */
            bundle: components["schemas"]["KeyBundle"];
            /** @description One key for each slot whose epoch has one, in order of slots; at most 32. */
            keys: components["schemas"]["SlotKey"][];
            /** @description The hashes that lead from the keys to the root ([`MultiProof`]); at most 192. */
            siblings: components["schemas"]["Hash"][];
        };
        /** @description What the key directory commits to of a patient's public keys. */
        KeyBundle: {
            /** @description The account whose keys they are. */
            account: components["schemas"]["AccountId"];
            /** @description The salted commitment to which slot stands for which data class: a card that says otherwise is forged. */
            classes: components["schemas"]["Hash"];
            /** @description The consent contract that the keys are for. */
            consent: components["schemas"]["AccountId"];
            /** @description The first epoch of each slot that there is a key for. */
            first_epochs: number[];
            /** @description The chain that the keys are for. */
            genesis: components["schemas"]["Hash"];
            /**
             * Format: uint64
             * @description The time at which the bundle was made, in milliseconds since the Unix epoch, so that writers can ask for a
             *     fresher one.
             */
            issued_at: number;
            /** @description Root of the tree of the keys ([`Tree::SlotKeys`]). */
            root: components["schemas"]["Hash"];
            /**
             * Format: uint8
             * @description [`KEY_SUITE`].
             */
            suite: number;
        };
        /** @description KeyCommitment: 32 bytes */
        KeyCommitment: string;
        /** @description Body of `POST /v1/label-runs`: the labels of all of a patient's records in a window of batches. */
        LabelRunsRequest: {
            /** @description The search domain. */
            domain: components["schemas"]["DomainId"];
            /**
             * Format: uint32
             * @description The first batch.
             */
            from: number;
            /** @description The patient. */
            patient: components["schemas"]["AccountId"];
            /** @description The purpose: exactly one. */
            purpose: components["schemas"]["Purposes"];
            /**
             * Format: uint32
             * @description One more than the last batch.
             */
            to: number;
        };
        /** @description Body of `POST /v1/ciphertexts/large`: a ciphertext that comes, or has come, in pieces. */
        LargeCiphertext: {
            /** @description Its [hash](crate::record::ciphertext_hash). */
            hash: components["schemas"]["Hash"];
            /**
             * Format: uint64
             * @description Its length in bytes: no more than the largest class of length has.
             */
            length: number;
            /** @description The record whose it is. */
            record: components["schemas"]["RecordId"];
        };
        /**
         * Format: uint8
         * @description To how many bytes a plaintext is padded: 256, 320, 384, 448, 512, 640, ... , four steps for each doubling.
         */
        LengthClass: number;
        /** @description MaskedKey: 32 bytes */
        MaskedKey: string;
        /** @description Answer of `POST /v1/ciphertexts/large`. */
        MissingPieces: {
            /** @description The numbers of the pieces that are not there, in order. There is none once the ciphertext is stored, whole. */
            missing: number[];
        };
        /**
         * @description An event of the contracts that concerns an account. The indexer is not believed: the reader finds the same bytes in that
         *     block of its own chain.
         */
        Notification: {
            /**
             * Format: uint64
             * @description The chain's time in it, in milliseconds since the Unix epoch.
             */
            at: number;
            /** @description Hash of the block, which is finalized. */
            block: components["schemas"]["Hash"];
            /** @description The contract that told it. */
            contract: components["schemas"]["AccountId"];
            /** @description SCALE of the event. */
            data: string;
            /** @description Its name. */
            id: components["schemas"]["NotificationId"];
            /** @description What it is about. */
            kind: components["schemas"]["NotificationKind"];
            /** @description The event's signature topic. */
            topic: components["schemas"]["Hash"];
        };
        /** @description Names a notification: the event's block, `-`, and its place among all events of the block */
        NotificationId: string;
        /** @description What a notification is about; the name of the server-sent event. */
        NotificationKind: "request" | "grant" | "break-glass" | "guardianship" | "proposal" | "erasure" | "role" | "registration";
        /** @description Answer of `POST /v1/open`. */
        OpenAnswer: {
            /** @description Its batch. */
            batch: components["schemas"]["BatchNumber"];
            /** @description The search domain of its batch. */
            domain: components["schemas"]["DomainId"];
            /**
             * Format: uint32
             * @description Its number in the batch, counted from 0.
             */
            number: number;
            /** @description The path of its leaf to the record root. */
            proof: components["schemas"]["Proof"];
            /**
             * Format: uint32
             * @description The number of records of the batch.
             */
            records: number;
            /** @description The record's row. */
            row: components["schemas"]["RecordRow"];
        };
        /** @description Body of `POST /v1/open`. */
        OpenRequest: {
            /** @description The purpose: exactly one. */
            purpose: components["schemas"]["Purposes"];
            /** @description The record. */
            record: components["schemas"]["RecordId"];
        };
        /** @description Which patients a server pays for, for whom no organisation vouches yet. */
        PaidNewcomers: "nobody" | "invited" | "anybody";
        /** @description A proxy's partial result: 97 bytes, not yet verified. */
        PartialDecryption: {
            /** @description e_i: the challenge. */
            e: components["schemas"]["EncodedScalar"];
            /** @description f_i: the response. */
            f: components["schemas"]["EncodedScalar"];
            /**
             * Format: uint8
             * @description i: the proxy's number, counted from 1.
             */
            index: number;
            /** @description U_i = s_i U. */
            u: components["schemas"]["EncodedPoint"];
        };
        /**
         * @description Body of `POST /v1/partials`: a transform by a proxy that keeps no records, with the record's row and the proof that it
         *     was anchored.
         */
        PresentedTransform: {
            /** @description What `POST /v1/open` answered about the record, [without the shred secret](OpenAnswer::shown). */
            shown: components["schemas"]["OpenAnswer"];
            /** @description The transform. */
            transform: components["schemas"]["TransformRequest"];
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
        /** @description The path of a leaf to the root: the sibling hashes, from the leaf upwards. */
        Proof: components["schemas"]["Hash"][];
        /** @description The proxy that an indexer runs. */
        ProxyIdentity: {
            /** @description Its account. */
            account: components["schemas"]["AccountId"];
            /** @description The key that shares are sealed to. */
            key: components["schemas"]["EncryptionKey"];
        };
        /** @description Purposes of use, one bit each: HL7 v3 PurposeOfUse. */
        Purposes: number;
        /**
         * @description The part of a record that is authenticated with it, in the clear: every fact that the policy decides on, and where the
         *     record is filed. Label, keys and every segment of the record are bound to each of its fields.
         */
        RecordHeader: {
            /** @description The author of the record. */
            author: components["schemas"]["AccountId"];
            /**
             * Format: uint64
             * @description The time of authoring, in milliseconds since the Unix epoch.
             */
            authored_at: number;
            /** @description The confidentiality of the record. */
            confidentiality: components["schemas"]["Confidentiality"];
            /** @description The search domain that the record is filed in. */
            domain: components["schemas"]["DomainId"];
            /**
             * Format: uint16
             * @description The epoch of that key.
             */
            epoch: number;
            /** @description To which length the content is padded. */
            length_class: components["schemas"]["LengthClass"];
            /** @description The patient's pseudonym. */
            patient: components["schemas"]["AccountId"];
            /** @description The slot to whose key the record is sealed. */
            slot: components["schemas"]["Slot"];
            /**
             * Format: uint8
             * @description [`RECORD_VERSION`].
             */
            version: number;
        };
        /** @description RecordId: 16 bytes */
        RecordId: string;
        /** @description The position of a record: batch and number in it. */
        RecordPlace: {
            /** @description Its batch. */
            batch: components["schemas"]["BatchNumber"];
            /**
             * Format: uint32
             * @description Its number in the batch, counted from 0.
             */
            number: number;
        };
        /** @description The row that the indexer stores of a record next to its ciphertext, and that the record's leaf commits to. */
        RecordRow: {
            /** @description The message key, encapsulated to the patient. */
            capsule: components["schemas"]["Capsule"];
            /** @description [`ciphertext_hash`] of the ciphertext. */
            ciphertext_hash: components["schemas"]["Hash"];
            /**
             * Format: uint64
             * @description Bytes of the ciphertext: what the length class says.
             */
            ciphertext_length: number;
            /** @description The authenticated header. */
            header: components["schemas"]["RecordHeader"];
            /** @description The record's name. */
            id: components["schemas"]["RecordId"];
            /** @description Commitment to the record's key. */
            key_commitment: components["schemas"]["KeyCommitment"];
            /** @description Random bytes in the leaf. */
            rho: components["schemas"]["Rho"];
            /** @description The shred secret; not part of the leaf. */
            shred: string;
        };
        /** @description Answer of `POST /v1/relay`: the contract has taken the call. */
        RelayAnswer: {
            /** @description Where it is carried out; `None` where the contract has taken a call with its nonce before, and not from this server. */
            place?: components["schemas"]["TransactionPlace"] | null;
        };
        /** @description Body of `POST /v1/relay`. */
        RelayRequest: {
            /** @description SCALE of the signed call, as the contract's message `relayed` takes it. */
            call: string;
            /** @description The contract. */
            contract: components["schemas"]["RelayTarget"];
            /**
             * @description The signed invitation of the organisation that is going to vouch for the patient
             *     ([`SignedInvitation::to_bytes`]), where nobody does yet. With any other call it is not looked at.
             */
            invitation?: string | null;
        };
        /** @description The contract that a relayed call is for. */
        RelayTarget: "consent" | "consortium";
        /** @description Who pays for relayed calls at a server, and how many. */
        RelayerIdentity: {
            /** @description The account that pays. */
            account: components["schemas"]["AccountId"];
            /**
             * Format: uint32
             * @description The number of calls that it pays for each signer a day.
             */
            calls_a_day: number;
            /** @description Which of the patients it pays for, for whom no organisation vouches yet: for registering, and for naming the one that is to. */
            newcomers: components["schemas"]["PaidNewcomers"];
        };
        /** @description Rho: 32 bytes */
        Rho: string;
        /** @description Whose records a key finds. Who may search one patient's scope can search that patient, and nobody else. */
        Scope: {
            patient: components["schemas"]["AccountId"];
        } | "cohort";
        /** @description Something sealed. */
        Sealed: {
            /** @description The ciphertext with its tag: at most [`MAX_SEALED_BYTES`]. */
            ciphertext: string;
            /** @description The encapsulated key. */
            encapsulated_key: components["schemas"]["EncapsulatedKey"];
        };
        /** @description Answer of `POST /v1/search`. */
        SearchAnswer: {
            /** @description The finalized block at which the contract was asked. */
            block: components["schemas"]["BlockId"];
            /** @description The evidence of the answer, if that was asked for. */
            evidence?: components["schemas"]["AnswerEvidence"] | null;
            /** @description The hits, newest batch first, and in a batch by rising numbers. */
            hits: components["schemas"]["Hit"][];
            /**
             * @description The position after which the next page begins, for the next request; `None` when this was the last one. A page
             *     may have fewer hits than were asked for, and none at all, while there are more.
             */
            next?: components["schemas"]["RecordPlace"] | null;
        };
        /** @description Body of `POST /v1/search`. */
        SearchRequest: {
            /**
             * @description The position of the last hit of the page before; `None` for the first one. Batches are only ever added before
             *     the first page, so that what follows a position stays what it is.
             */
            after?: components["schemas"]["RecordPlace"] | null;
            /** @description The search domain. */
            domain: components["schemas"]["DomainId"];
            /**
             * @description `true` if the answer shall prove itself: for one patient's scope of which the caller may see every record, and a
             *     query in which each NOT takes away from something.
             * @default false
             */
            evidence: boolean;
            /**
             * Format: uint32
             * @description Most hits to answer: 1 to [`MAX_SEARCH_HITS`].
             */
            limit: number;
            /** @description The purpose: exactly one. */
            purpose: components["schemas"]["Purposes"];
            /** @description The expression over the terms. */
            query: components["schemas"]["Expression"];
            /**
             * @description A researcher's declaration; the default for other purposes.
             * @default {
             *       "attested": 0,
             *       "use_": "Undeclared"
             *     }
             */
            research: components["schemas"]["Declaration"];
            /** @description The records that are searched: a patient's or the cohort. */
            scope: components["schemas"]["Scope"];
            /** @description For each term its tokens, one a segment. */
            terms: components["schemas"]["SearchToken"][][];
        };
        /**
         * @description A token as it travels: it opens one keyword of one scope in the batches `from..to` of one segment, and no other
         *     batch, neither earlier nor later. Whoever holds it can search, so treat it as a secret. `Debug` hides the keys.
         */
        SearchToken: {
            /** @description The search domain. */
            domain: components["schemas"]["DomainId"];
            /**
             * Format: uint16
             * @description The epoch of the domain's key.
             */
            epoch: number;
            /**
             * Format: uint32
             * @description The first batch.
             */
            from: number;
            /** @description The minimal cover of the window, in rising order of batches: 1 to [`MAX_TOKEN_NODES`]. */
            nodes: components["schemas"]["TokenNode"][];
            /** @description Whose records. */
            scope: components["schemas"]["Scope"];
            /**
             * Format: uint32
             * @description The segment.
             */
            segment: number;
            /**
             * Format: uint32
             * @description One more than the last batch.
             */
            to: number;
        };
        /**
         * @description Body of `POST /v1/shares`, by the patient, to one server: the split document with its salt, the shares of the proxy that
         *     this server runs, and the delegatee's part.
         *
         *     Each proxy is sent its own shares alone, so that what one of them destroys is in no other's database.
         */
        ShareDeposit: {
            /** @description The delegatee's part, sealed to the delegatee; `None` in escrow. */
            delegatee?: components["schemas"]["Sealed"] | null;
            /** @description The document, which names the grant. */
            document: components["schemas"]["SplitDocument"];
            /** @description What makes a split the patient's that takes the place of the one on chain; `None` for that one. */
            endorsement?: components["schemas"]["SplitEndorsement"] | null;
            /** @description Its salt. */
            salt: components["schemas"]["SplitSalt"];
            /** @description The shares of the server's proxy, sealed to it; `None` for a server whose proxy the document does not name. */
            share?: components["schemas"]["Sealed"] | null;
        };
        /** @description A slot of a patient. */
        Slot: number;
        /** @description The public key of a slot. */
        SlotKey: {
            /**
             * Format: uint16
             * @description The epoch of the key.
             */
            epoch: number;
            /** @description The key. */
            key: components["schemas"]["SlotPublicKey"];
            /** @description The slot. */
            slot: components["schemas"]["Slot"];
        };
        /** @description SlotPublicKey: 32 bytes */
        SlotPublicKey: string;
        /** @description The split of the secret of one slot key. */
        SlotSplit: {
            /** @description A_0 .. A_(t-1): commitments to the polynomial. */
            commitments: components["schemas"]["EncodedPoint"][];
            /** @description S_d: the delegatee's public part; `None` in escrow, where the proxies have the whole secret. */
            delegatee?: components["schemas"]["EncodedPoint"] | null;
            /**
             * Format: uint16
             * @description The epoch of its key.
             */
            epoch: number;
            /** @description P: the patient's public key. */
            public_key: components["schemas"]["SlotPublicKey"];
            /** @description The slot. */
            slot: components["schemas"]["Slot"];
        };
        /**
         * @description D: how the secrets of a grant's slots are split. Kept off chain; the chain has its [commitment](Self::commitment).
         *
         *     The design speaks of one key. A grant covers several slots, and each (slot, epoch) has a key of its own, so a document
         *     has one [`SlotSplit`] for each of them, every one with its own x_d and polynomial.
         */
        SplitDocument: {
            /** @description The patient's grant. */
            grant: components["schemas"]["GrantId"];
            /** @description The proxies, numbered from 1; at most [`MAX_PROXIES`]. */
            proxies: components["schemas"]["AccountId"][];
            /** @description The split of each slot key, in strictly rising order of (slot, epoch); at most [`MAX_SPLIT_SLOTS`]. */
            slots: components["schemas"]["SlotSplit"][];
            /**
             * Format: uint8
             * @description t: how many proxies must take part; 1 to the number of proxies.
             */
            threshold: number;
            /**
             * Format: uint32
             * @description 1, and one more with each new split of the grant.
             */
            version: number;
        };
        /** @description What makes a later split the patient's, in place of the one on chain: whoever controlled the account signed it. */
        SplitEndorsement: {
            /**
             * Format: uint64
             * @description The time of the finalized block at which it was signed, in milliseconds since the Unix epoch: it says whose signature
             *     counts, since guardians may have let another key control the account before or after it.
             */
            at: number;
            /** @description The signature of [the text](SplitAnchor::payload), by whoever controlled the account then. */
            signature: components["schemas"]["SplitSignature"];
        };
        /** @description SplitSalt: 32 bytes */
        SplitSalt: string;
        /** @description SplitSignature: 64 bytes */
        SplitSignature: string;
        /** @description The state of an indexer. A client checks it against its own configuration and its own view of the chain. */
        Status: {
            /** @description The consent contract. */
            consent: components["schemas"]["AccountId"];
            /** @description The consortium contract. */
            consortium: components["schemas"]["AccountId"];
            /** @description The finalized head. */
            finalized: components["schemas"]["Head"];
            /** @description Hash of the chain's first block. */
            genesis: components["schemas"]["Hash"];
            /**
             * Format: uint32
             * @description The last block whose events are indexed.
             */
            indexed: number;
            /** @description The ledger contract. */
            ledger: components["schemas"]["AccountId"];
            /** @description The proxy. */
            proxy: components["schemas"]["ProxyIdentity"];
            /** @description Who pays for relayed calls; `None` where the indexer relays none. */
            relayer?: components["schemas"]["RelayerIdentity"] | null;
        };
        /** @description What a decision is about. */
        Subject: {
            record: components["schemas"]["RecordId"];
        } | {
            resource: {
                /** @description Who wrote it. */
                author: components["schemas"]["AccountId"];
                /**
                 * Format: uint64
                 * @description When, in milliseconds since the Unix epoch.
                 */
                authored_at: number;
                /** @description Its confidentiality: N, R or V. */
                confidentiality: string;
                /** @description Whose it is. */
                patient: components["schemas"]["AccountId"];
                /**
                 * Format: uint8
                 * @description The patient's slot of its data class.
                 */
                slot: number;
            };
        };
        /** @description One node of a token: it opens every batch below it. */
        TokenNode: {
            /**
             * Format: uint16
             * @description The place inside the level, from the left.
             */
            index: number;
            /** @description The node's key; in JSON 64 hexadecimal digits. */
            key: string;
            /**
             * Format: uint8
             * @description The level, counted from the root: 0 to 10.
             */
            level: number;
        };
        /** @description The place of a transaction in the finalized chain. */
        TransactionPlace: {
            /** @description The block, which is finalized. */
            block: components["schemas"]["BlockId"];
            /**
             * Format: uint32
             * @description The transaction's place among those of the block, from 0.
             */
            extrinsic: number;
        };
        /** @description Answer of `POST /v1/transform` and of `POST /v1/partials`. */
        TransformAnswer: {
            /** @description The context that its proof is bound to. */
            context: components["schemas"]["TransformContext"];
            /** @description The partial result. */
            partial: components["schemas"]["PartialDecryption"];
        };
        /** @description For whom, under which grant and at which block a capsule is transformed: part of the proof. */
        TransformContext: {
            /** @description The finalized block at which the contract permitted. */
            block: components["schemas"]["Hash"];
            /** @description The grant that permits. */
            grant: components["schemas"]["GrantId"];
            /** @description [Hash of the signed request](crate::request::RequestHead::hash). */
            request: components["schemas"]["Hash"];
            /** @description The account that asks. */
            requester: components["schemas"]["AccountId"];
            /**
             * Format: uint32
             * @description The version of its split.
             */
            version: number;
        };
        /** @description Body of `POST /v1/transform`. */
        TransformRequest: {
            /** @description The grant that permits. */
            grant: components["schemas"]["GrantId"];
            /** @description The purpose: exactly one. */
            purpose: components["schemas"]["Purposes"];
            /** @description The record. */
            record: components["schemas"]["RecordId"];
            /**
             * Format: uint32
             * @description The version of its split.
             */
            version: number;
        };
        /** @description Answer of `GET /v1/waiting`: a hint where to look, as far as the indexer has come. Of each kind there are 1,000 at most. */
        Waiting: {
            /** @description The block up to which events are in it. */
            block: components["schemas"]["BlockId"];
            /**
             * @description Glasses over the account's records, or broken by it; and those that wait for its review as an admin. Those due first
             *     come first.
             */
            glasses: components["schemas"]["WaitingGlass"][];
            /** @description Proposals, for who is of the committee. */
            proposals: components["schemas"]["WaitingProposal"][];
            /** @description Requests to and by the account, those that expire first before others. */
            requests: components["schemas"]["WaitingRequest"][];
            /** @description The patients whose guardian the account is or will be. */
            wards: components["schemas"]["WaitingWard"][];
        };
        /** @description A broken glass that is open, or that nobody has reviewed. */
        WaitingGlass: {
            /** @description Who broke it. */
            clinician: components["schemas"]["AccountId"];
            /**
             * Format: uint64
             * @description When, in milliseconds since the Unix epoch.
             */
            opened_at: number;
            /** @description Whose records. */
            patient: components["schemas"]["AccountId"];
            /**
             * Format: uint8
             * @description The clinician's reason, as a code of the consortium's own list.
             */
            reason: number;
            /**
             * Format: uint64
             * @description First millisecond at which its review is overdue.
             */
            review_by: number;
            /** @description Whether it was reviewed. */
            reviewed: boolean;
            /**
             * Format: uint64
             * @description First millisecond at which it is open no more.
             */
            until: number;
        };
        /** @description A proposal to the committee that can be voted on. */
        WaitingProposal: {
            /** @description What, as the contract has it. */
            action: unknown;
            /**
             * Format: uint64
             * @description First millisecond at which it can no longer be voted on or executed.
             */
            expires: number;
            /**
             * Format: uint32
             * @description Its number.
             */
            id: number;
            /** @description Who proposed. */
            proposer: components["schemas"]["AccountId"];
            /**
             * Format: uint8
             * @description The number of members who have voted for it.
             */
            votes: number;
        };
        /** @description A request for access that was neither answered nor withdrawn, and has not expired. */
        WaitingRequest: {
            /** @description Whose records. */
            patient: components["schemas"]["AccountId"];
            /** @description For what, as the contract has it. */
            request: unknown;
            /** @description Who asks. */
            requester: components["schemas"]["AccountId"];
        };
        /** @description A patient whose guardian the account is or will be. */
        WaitingWard: {
            /**
             * Format: uint64
             * @description First millisecond at which the account is guardian.
             */
            from: number;
            /** @description The patient. */
            patient: components["schemas"]["AccountId"];
            /**
             * Format: uint64
             * @description First millisecond at which it is no more.
             */
            until: number;
        };
    };
    responses: {
        /** @description Why the request was refused (FHIR R4). What may not be shown and what is absent answer alike. */
        OperationOutcome: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/fhir+json": {
                    /** @constant */
                    resourceType: "OperationOutcome";
                };
            };
        };
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
